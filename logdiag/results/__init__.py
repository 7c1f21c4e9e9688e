"""What the commands answer, frozen and free of pandas: a result a module, from the smallest part to the Diagnosis."""
