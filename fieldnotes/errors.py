"""What can go wrong with data: each error says in one sentence what happened and what to do."""


class DataError(ValueError):
    """A data set could not be had as it was asked for."""


class UnknownDataset(DataError):
    """No data set has this name."""


class InvalidEntry(DataError):
    """A catalogue entry breaks its schema."""


class Offline(DataError):
    """The provider could not be reached, was too slow, or is out of order."""


class NeedsLogin(DataError):
    """The provider asks who you are instead of sending data."""


class NotFound(DataError):
    """The provider, or the folder, does not have what was asked for."""


class SchemaChanged(DataError):
    """The data are not in the shape that the catalogue promises."""


class Corrupt(DataError):
    """The bytes are not the ones that were promised: changed, cut short or too many."""
