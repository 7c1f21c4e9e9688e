"""By which name or id each line knows its connection."""
