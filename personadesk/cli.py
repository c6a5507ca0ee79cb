"""personadesk, the library window and the terminal."""
