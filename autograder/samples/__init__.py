"""Sample submissions: right ones, and ones with the mistakes that students really make."""
