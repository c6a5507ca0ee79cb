"""The macros of character cards: {{char}}, {{user}}, {{random:…}} and their kin."""

from personadesk.services.macros.filling import MacroValues, fill, fill_macros
from personadesk.services.macros.known import MACROS, MacroHelp, MacroProblem, check

__all__ = ["MACROS", "MacroHelp", "MacroProblem", "MacroValues", "check", "fill", "fill_macros"]
