"""What a file is: which cells it holds, where its header stands, what its columns are called."""
