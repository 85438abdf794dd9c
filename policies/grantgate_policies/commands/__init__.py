"""The commands of ``grantgate``: one module each, imported only when the command is called."""
