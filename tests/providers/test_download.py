"""Downloads: resumed, verified, and under their name only when whole."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import httpx
import pytest

from reconciler.model.errors import ConfigError, RefusalKind, RefusedError, UnclearError
from reconciler.providers.base import ProductFile

from .scenario import ENDPOINT, TOKEN, Script, Time, answer, connected

URL = "https://storage.test/bucket/image.tif?X-Signature=canary"
CONTENT = bytes(range(256)) * 40


class Store:
    """A file server that knows ranges and versions; it can break off after some bytes."""

    def __init__(self, content: bytes = CONTENT, etag: str | None = '"v1"', ranges: bool = True) -> None:
        self.content, self.etag, self.ranges = content, etag, ranges
        self.breaks: list[int] = []
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        tag = {"etag": self.etag} if self.etag else {}
        size = len(self.content)
        found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        same = request.headers.get("if-range") in (None, self.etag)
        if not (found and self.ranges and same):
            return httpx.Response(200, headers={**tag, "content-length": str(size)}, stream=self._from(0))
        start = int(found[1])
        if start >= size:
            return httpx.Response(416, headers={"content-range": f"bytes */{size}"})
        headers = {**tag, "content-length": str(size - start), "content-range": f"bytes {start}-{size - 1}/{size}"}
        return httpx.Response(206, headers=headers, stream=self._from(start))

    def _from(self, start: int) -> httpx.SyncByteStream:
        end = start + self.breaks.pop(0) if self.breaks else None
        content = self.content[start:end]

        class Stream(httpx.SyncByteStream):
            def __iter__(self):
                for at in range(0, len(content), 1000):
                    yield content[at : at + 1000]
                if end is not None:
                    raise httpx.ReadError("broke")

        return Stream()


def download(store, target: Path, *, url: str = URL, size: int | None = None, time: Time | None = None):
    script, seen = Script(store), []
    product = ProductFile(name="image.tif", kind="GRD", url=url, size=size)
    connected(script, time).download(product, target, lambda done, whole: seen.append((done, whole)))
    return script, seen


@pytest.fixture
def target(tmp_path):
    return tmp_path / "products" / "image.tif"


def leftovers(target: Path) -> set[str]:
    return {path.name for path in target.parent.iterdir()}


def test_a_file_is_fetched(target):
    """The folder is made, progress is told, and only the file remains."""
    _, seen = download(Store(), target, size=len(CONTENT))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert leftovers(target) == {"image.tif"}


def test_a_broken_download_resumes_by_itself(target):
    """The rest is asked for by range, of the same version; what stands is not fetched again."""
    store, time = Store(), Time()
    store.breaks = [3000, 2000]
    download(store, target, time=time)
    assert target.read_bytes() == CONTENT
    assert [request.headers.get("range") for request in store.requests] == [None, "bytes=3000-", "bytes=5000-"]
    assert {request.headers.get("if-range") for request in store.requests[1:]} == {'"v1"'}


def test_a_broken_download_resumes_in_a_later_run(target):
    """After three tries that bring nothing the part stays, and the next call goes on from it."""
    store = Store()
    store.breaks = [3000, 0, 0, 0]
    with pytest.raises(UnclearError, match=r"3000 bytes stand in image\.tif\.part"):
        download(store, target)
    assert not target.exists()
    download(store, target)
    assert target.read_bytes() == CONTENT
    assert store.requests[-1].headers["range"] == "bytes=3000-"


def test_an_interrupted_download_leaves_its_part(target):
    """Whoever presses Ctrl-C loses nothing that has arrived."""

    def interrupt(done, whole):
        if done >= 2000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        connected(Script(Store())).download(ProductFile(name="image.tif", kind="GRD", url=URL), target, interrupt)
    assert leftovers(target) == {"image.tif.part", "image.tif.part.etag"}
    download(Store(), target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("change", ["another version", "no ranges"])
def test_a_server_that_starts_anew(target, change):
    """Where the server sends the whole file again, the part is thrown away."""
    target.parent.mkdir()
    target.with_name("image.tif.part").write_bytes(b"old" * 500)
    target.with_name("image.tif.part.etag").write_text('"v0"' if change == "another version" else '"v1"')
    download(Store(ranges=change != "no ranges"), target)
    assert target.read_bytes() == CONTENT


def test_a_part_without_a_version(target):
    """Where the server names no version the range is asked for all the same, and the size still decides."""
    store = Store(etag=None)
    store.breaks = [3000]
    download(store, target)
    assert "if-range" not in store.requests[1].headers
    assert target.read_bytes() == CONTENT


def test_a_weak_version_is_not_used(target):
    """A weak tag does not promise the same bytes."""
    store = Store(etag='W/"v1"')
    store.breaks = [3000]
    download(store, target)
    assert "if-range" not in store.requests[1].headers


@pytest.mark.parametrize(("length", "asked"), [(len(CONTENT), 1), (len(CONTENT) + 5, 2)])
def test_a_part_that_is_whole_or_longer(target, length, asked):
    """A 416 with the same size says that the part is whole; with another, that it is no good."""
    target.parent.mkdir()
    target.with_name("image.tif.part").write_bytes((CONTENT + b"12345")[:length])
    store = Store()
    download(store, target)
    assert target.read_bytes() == CONTENT
    assert len(store.requests) == asked


def test_a_range_that_was_not_asked_for(target):
    """A 206 that starts elsewhere is not glued to the part."""
    target.parent.mkdir()
    target.with_name("image.tif.part").write_bytes(CONTENT[:1000])
    store = Store()

    def skewed(request):
        if "range" in request.headers:
            return httpx.Response(206, headers={"content-range": f"bytes 5-9/{len(CONTENT)}"}, content=b"xxxxx")
        return store(request)

    download(skewed, target)
    assert target.read_bytes() == CONTENT


def test_a_size_that_was_not_announced(target):
    """A file of another size than the list announced is not taken."""
    with pytest.raises(UnclearError, match="were announced"):
        download(Store(), target, size=17)
    assert not target.exists()


def test_a_size_without_a_header(target):
    """Where the server does not tell the size, the list's is the measure: too short is resumed, too long refused."""

    def silent(request):
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        if start:
            return httpx.Response(
                206, headers={"content-range": f"bytes {start}-9999/*"}, stream=httpx.ByteStream(CONTENT[start:])
            )
        return httpx.Response(200, stream=httpx.ByteStream(CONTENT[:4000]))

    download(silent, target, size=len(CONTENT))
    assert target.read_bytes() == CONTENT
    target.unlink()
    with pytest.raises(UnclearError, match="10240 bytes came where 100"):
        download(lambda request: httpx.Response(200, stream=httpx.ByteStream(CONTENT)), target, size=100)
    assert leftovers(target) == set()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, RefusalKind.FORBIDDEN),
        (403, RefusalKind.FORBIDDEN),
        (404, RefusalKind.NOT_FOUND),
        (410, RefusalKind.NOT_FOUND),
    ],
)
def test_an_expired_address(target, status, kind):
    """The message says what to do, and not the address, which is a key."""
    with pytest.raises(RefusedError, match="list the products again") as caught:
        download(httpx.Response(status, text="<Error>Request has expired</Error>"), target)
    assert caught.value.kind is kind
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("status", [204, 302, 400])
def test_another_answer(target, status):
    """A redirect, an empty answer or an error is no file."""
    with pytest.raises(UnclearError, match=f"HTTP {status}"):
        download(answer(status, None, location="https://elsewhere.test"), target)


@pytest.mark.parametrize("trouble", [answer(503), httpx.ConnectError("x")])
def test_a_busy_server_is_asked_again(target, trouble):
    """Three tries, with waits between them."""
    time = Time()
    script = Script(trouble, trouble, Store())
    connected(script, time).download(
        ProductFile(name="image.tif", kind="GRD", url=URL), target, lambda done, whole: None
    )
    assert target.read_bytes() == CONTENT
    assert sum(time.slept) == pytest.approx(3, abs=0.1)


def test_an_encoded_file(target):
    """A size can be verified only of what is sent as it is."""
    store = Script(httpx.Response(200, headers={"content-encoding": "br"}, text=""))
    with pytest.raises(UnclearError, match="as br"):
        download(store.answers[0], target)


def test_a_disk_that_is_full(target):
    """The part stays, and the message says what to do."""

    def full(done, whole):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ConfigError, match="No space left on device"):
        connected(Script(Store())).download(ProductFile(name="image.tif", kind="GRD", url=URL), target, full)
    assert "image.tif.part" in leftovers(target)


def test_the_token_stays_at_home(target):
    """A stranger's host gets no token; the account's own does."""
    strange, _ = download(Store(), target)
    assert "authorization" not in strange.sent[0].headers
    own, _ = download(Store(), target, url=f"{ENDPOINT}/files/image.tif")
    assert own.sent[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_complete_file_is_replaced_only_when_the_new_one_is_whole(target):
    """An older file under that name stays until the end."""
    target.parent.mkdir()
    target.write_bytes(b"older")
    store = Store()
    store.breaks = [3000, 0, 0, 0]
    with pytest.raises(UnclearError):
        download(store, target)
    assert target.read_bytes() == b"older"
    download(store, target)
    assert target.read_bytes() == CONTENT
