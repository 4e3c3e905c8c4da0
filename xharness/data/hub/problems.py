"""Failures of a download in one clear line: the problem and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from xharness.errors import XHarnessError

_LOGIN = "log in with `hf auth login`"


class DownloadError(XHarnessError):
    """A download failed; the text is problem and remedy, without the name of the repository.

    `wait` is the number of seconds after which another try may succeed at once, None if it is not known. With
    `unreachable`, other downloads will fail in the same way for now.
    """

    wait: float | None = None
    unreachable: bool = False


def rate_limited(seconds: int) -> DownloadError:
    """Return the error for too many requests; `seconds` is what the hub asks to wait, 0 if it does not say."""
    when = f"in {seconds:,} seconds" if seconds else "in some minutes"
    return _unreachable(
        f"the hub limits the number of requests (429); try again {when}, or {_LOGIN} for a higher limit"
    )


def problem_of(error: Exception, id: str, kind: str, revision: str | None, cache: Path) -> DownloadError:
    """Return the clear form of an exception that `snapshot_download` raised with the cache folder `cache`."""
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, DownloadError):
            return each
    known = _of_repository(chain, id, kind, revision) or _of_status(chain, kind)
    known = known or _of_connection(chain, kind, cache) or _of_disk(chain[-1], cache)
    return known or DownloadError(f"the download from the hub failed ({_brief(chain[-1])}); try again")


def _of_repository(chain: list[BaseException], id: str, kind: str, revision: str | None) -> DownloadError | None:
    from huggingface_hub.constants import ENDPOINT
    from huggingface_hub.errors import (
        DisabledRepoError,
        GatedRepoError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    page = f"{ENDPOINT}/{'datasets/' if kind == 'dataset' else ''}{id}"
    for each in chain:
        if isinstance(each, HFValidationError):
            return DownloadError("it is not a hub id (owner/name); check the name")
        if isinstance(each, GatedRepoError):
            return DownloadError(f"the {kind} is gated; accept its terms at {page}, then {_LOGIN}")
        if isinstance(each, DisabledRepoError):
            return DownloadError(f"the hub has disabled this {kind}; see {page}")
        if isinstance(each, RepositoryNotFoundError):
            return _missing(kind)
        if isinstance(each, RevisionNotFoundError):
            return DownloadError(f"the repository has no revision '{revision or 'main'}'; see {page}/commits/main")
    return None


def _missing(kind: str) -> DownloadError:
    return DownloadError(f"the hub has no such {kind}, or it is private; check the name, or {_LOGIN}")


def _of_status(chain: list[BaseException], kind: str) -> DownloadError | None:
    from huggingface_hub.errors import FileMetadataError, HfHubHTTPError

    for each in chain:
        if isinstance(each, FileMetadataError):
            return DownloadError(
                "the answer lacks the headers of the hub, so it comes from another server; check HF_ENDPOINT and the "
                "proxy"
            )
        if isinstance(each, HfHubHTTPError) and each.response is not None:
            status, headers = each.response.status_code, each.response.headers
            if status == 401 and "authorization" not in each.response.request.headers:
                return _missing(kind)
            after = headers.get("retry-after", "")
            failed = _of_code(status, headers.get("x-error-message"), int(after) if after.isdigit() else 0)
            # huggingface_hub repeats all other requests.
            if ((status == 429 and after) or status >= 500) and "/revision/" in str(each.response.url):
                failed.wait = float(after) if after.isdigit() else 1.0
            return failed
    return None


def _of_code(status: int, said: str | None, after: int) -> DownloadError:
    """Return the error for a status; `said` is the hub's message, `after` the seconds that it asks to wait."""
    why = f"{status}: {said}" if said else str(status)
    if status == 401:
        return DownloadError(f"the hub does not accept the access token (401); {_LOGIN} again, or unset HF_TOKEN")
    if status == 403:
        return DownloadError(f"the hub denies access ({why}); check the rights of the token")
    if status == 429:
        return rate_limited(after)
    if status >= 500:
        return _unreachable(f"the hub has an internal error ({status}); try again later")
    return DownloadError(f"the hub refuses the request ({why}); try again")


def _of_connection(chain: list[BaseException], kind: str, cache: Path) -> DownloadError | None:
    """Return the error for a connection that fails, breaks or stalls, or for an answer of another server."""
    from huggingface_hub.constants import ENDPOINT

    absent = f"the {kind} is not in the cache {cache}"
    # The HTTP library is not named here, since huggingface_hub changes it between versions.
    names = {base.__name__ for each in chain for base in type(each).__mro__}
    if "OfflineModeIsEnabled" in names:
        return DownloadError(f"{absent}, and HF_HUB_OFFLINE is set; unset it")
    if names & {"ConnectError", "ConnectTimeout", "ProxyError"}:
        return _unreachable(f"{absent}, and {ENDPOINT} cannot be reached; go online")
    if "TimeoutException" in names:
        return _unreachable(f"{ENDPOINT} accepts the connection, but does not answer; try again later")
    if "TransportError" in names:
        return DownloadError(f"the connection to the hub broke ({_brief(chain[-1])}); try again")
    if "JSONDecodeError" in names:
        return DownloadError(f"{ENDPOINT} does not answer in JSON, as the hub does; check HF_ENDPOINT and the proxy")
    if "TooManyRedirects" in names:
        return DownloadError("the hub redirects without end; check HF_ENDPOINT and the proxy")
    if "LocalEntryNotFoundError" in names:
        return DownloadError(f"{absent}; go online")
    return None


def _of_disk(error: BaseException, cache: Path) -> DownloadError | None:
    """Return the error for a cache that cannot be written, or a file that was not received in full."""
    if not isinstance(error, OSError):
        return None
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DownloadError(f"no space left in the cache {cache}; free some, or set HF_HOME to another disk")
    if error.errno in (errno.EACCES, errno.EROFS, errno.ENOTDIR):
        return DownloadError(f"cannot write to the cache {cache}; set HF_HOME to a folder that you can write to")
    if "Consistency check failed" in str(error):
        return DownloadError(f"a file was not received in full ({_brief(error)}); try again")
    return None


def _unreachable(text: str) -> DownloadError:
    error = DownloadError(text)
    error.unreachable = True
    return error


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and its causes, the first cause last."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__


def _brief(error: BaseException) -> str:
    """Return type and first line of an exception."""
    first = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first[:160]}" if first else type(error).__name__
