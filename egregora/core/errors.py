"""Errors a person can put right: what happened, where, and what to do next."""


class EgregoraError(Exception):
    """The base of every error that is shown as a message and not as a traceback.

    `str(error)` has one line for what happened, then a line each for where and for what to do, when given.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  to do: {self.fix}")
        return "\n".join(lines)


class ExportError(EgregoraError):
    """An export that cannot be read, or is not one."""


class SettingsError(EgregoraError):
    """A setting in `egregora.toml`, or an option, that makes no sense."""

    exit_code = 2


class SchemaError(EgregoraError):
    """Rows that are not what their table's schema declares, or a file of another version."""


class PipelineError(EgregoraError):
    """Stages that do not fit together, or a stage that could not be made."""


class ModelError(EgregoraError):
    """A model that is missing, refuses, or answers what it must not."""


class PrivacyError(EgregoraError):
    """Something that must not leave was about to, or the key that guards it is gone."""


class MigrationError(EgregoraError):
    """An old file that cannot be brought into today's shape."""


class BusyError(EgregoraError):
    """Another process is writing to the project's file."""

    exit_code = 3
