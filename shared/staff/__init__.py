"""Staff: accounts, sign-in, passwords, second factor, sessions and identity tokens."""
