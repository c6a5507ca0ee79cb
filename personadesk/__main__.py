from personadesk.cli import main
