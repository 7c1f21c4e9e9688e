"""What a message means where no rule matches: `messages` asks the grammar, whose words and shapes are data."""
