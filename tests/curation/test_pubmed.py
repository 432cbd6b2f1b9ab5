"""The PubMed client against a local server: what is found, what is kept, what is asked again, what is never shown."""

from __future__ import annotations

import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from rag.curation.pubmed import PubMedClient
from rag.errors import ConfigError, FetchError

KEY = "0123456789abcdef-the-key"


@pytest.fixture
def client_of(tmp_path: Path, still_clock: Any) -> Iterator[Callable[..., PubMedClient]]:
    """Makes clients of a server that never really wait; all of one cache."""
    with ExitStack() as stack:

        def make(server: Any, **changes: Any) -> PubMedClient:
            settings: dict[str, Any] = {
                "cache_dir": tmp_path / "cache",
                "api_key": None,
                "tool": "sourcebound-tests",
                "email": "tests@example.org",
                "clock": still_clock.time,
                "sleep": still_clock.sleep,
            }
            return stack.enter_context(PubMedClient(server.address, **(settings | changes)))

        yield make


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def message(call: Callable[[], Any]) -> str:
    """The one line of the error that a call raises."""
    with pytest.raises(FetchError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_search_gives_the_first_ids_and_the_count_of_all(pubmed_server: Any, client_of: Any) -> None:
    found = client_of(pubmed_server).search("testing", 2)
    assert found.query == "testing"
    assert found.count == len(pubmed_server.records)
    assert found.ids == ("99000001", "99000002")
    assert found.translation == '"testing"[All Fields]'
    assert found.warnings == ()


def test_a_search_sends_only_what_the_call_needs(pubmed_server: Any, client_of: Any) -> None:
    client_of(pubmed_server, email=None).search("testing", 2)
    (request,) = pubmed_server.log
    assert request.parameters == {
        "db": "pubmed",
        "tool": "sourcebound-tests",
        "term": "testing",
        "retmode": "json",
        "retstart": "0",
        "retmax": "2",
    }


def test_a_search_pages_through_what_the_server_lists_at_once(pubmed_server: Any, client_of: Any) -> None:
    ids = pubmed_server.add_records(25)
    pubmed_server.page_size = 10
    found = client_of(pubmed_server).search("testing", 23)
    assert len(found.ids) == 23
    assert set(found.ids) <= set(ids) | set(pubmed_server.records)
    assert len(set(found.ids)) == 23
    assert [request.parameters["retstart"] for request in pubmed_server.log] == ["0", "10", "20"]


def test_a_search_that_lists_less_than_it_counts_says_so(pubmed_server: Any, client_of: Any) -> None:
    pubmed_server.counted = 50
    found = client_of(pubmed_server).search("testing", 40)
    listed = len(pubmed_server.records)
    assert found.warnings == (f"the server listed {listed} of the 40 records asked for",)


def test_no_more_ids_are_given_than_asked_for(pubmed_server: Any, client_of: Any) -> None:
    pubmed_server.fault(body=b'{"esearchresult":{"count":"5","idlist":["3","2","3","1"]}}')
    assert client_of(pubmed_server).search("testing", 2).ids == ("3", "2")


def test_a_limit_of_nothing_only_counts(pubmed_server: Any, client_of: Any) -> None:
    found = client_of(pubmed_server).search("testing", 0)
    assert (found.count, found.ids, found.warnings) == (len(pubmed_server.records), (), ())


def test_all_of_the_first_9999_are_listed(pubmed_server: Any, client_of: Any) -> None:
    pubmed_server.add_records(10_050)
    found = client_of(pubmed_server).search("testing", 9_999)
    assert len(found.ids) == 9_999
    assert found.count >= 10_050


@pytest.mark.parametrize("limit", [10_000, -1])
def test_a_limit_beyond_9999_is_refused_with_a_way_out(pubmed_server: Any, client_of: Any, limit: int) -> None:
    said = message(lambda: client_of(pubmed_server).search("testing", limit))
    assert "9,999" in said
    assert f"limit {limit}" in said
    assert "narrow the query by date" in said
    assert pubmed_server.log == []


def test_an_empty_query_is_refused(pubmed_server: Any, client_of: Any) -> None:
    assert "empty query" in message(lambda: client_of(pubmed_server).search("  ", 5))


def test_a_very_long_query_arrives_whole_and_outside_the_address(pubmed_server: Any, client_of: Any) -> None:
    query = " OR ".join(["testing"] * 3_000)
    client_of(pubmed_server).search(query, 1)
    (request,) = pubmed_server.log
    assert request.parameters["term"] == query
    assert (request.method, request.target) == ("POST", "/entrez/eutils/esearch.fcgi")


def test_phrases_that_pubmed_does_not_know_are_warnings(pubmed_server: Any, client_of: Any) -> None:
    found = client_of(pubmed_server).search('testing OR alphacaine OR "no such words"', 5)
    assert len(found.ids) == 5
    assert found.warnings == ("phrase not found: alphacaine", 'quoted phrase not found: "no such words"')


def test_a_search_that_finds_nothing_is_a_value(pubmed_server: Any, client_of: Any) -> None:
    found = client_of(pubmed_server).search("alphacaine", 5)
    assert (found.count, found.ids) == (0, ())
    assert found.warnings == ("phrase not found: alphacaine", "No items found.")


def test_an_error_inside_a_good_reply_is_an_error(pubmed_server: Any, client_of: Any) -> None:
    pubmed_server.fault(body=b'{"esearchresult":{"ERROR":"Empty term and query_key - nothing todo"}}')
    assert "Empty term and query_key" in message(lambda: client_of(pubmed_server).search("testing", 5))
    assert len(pubmed_server.log) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"esearchresult":{"ERROR":"Search Backend failed: Exception:\nno answer"}}',
        b'{"error":"API rate limit exceeded","count":"11"}',
        b'{"esearchresult":{"count":"5","idlist":["../7"]}}',
        b'{"esearchresult":{"count":"5","idlist":["99',
        b"[]",
        b"",
    ],
)
def test_a_search_reply_that_may_be_better_next_time_is_asked_for_again(
    pubmed_server: Any, client_of: Any, body: bytes
) -> None:
    pubmed_server.fault(body=body)
    assert len(client_of(pubmed_server).search("testing", 5).ids) == 5
    assert len(pubmed_server.log) == 2


def test_a_fetch_keeps_one_whole_record_per_file(pubmed_server: Any, client_of: Any, tmp_path: Path) -> None:
    ids = list(pubmed_server.records)
    fetched = client_of(pubmed_server).fetch(ids)
    assert fetched.missing == ()
    assert fetched.paths[0] == tmp_path / "cache" / "pubmed" / "9900" / "99000001.xml"
    assert files(tmp_path / "cache") == sorted(fetched.paths)
    for pmid, path in zip(ids, fetched.paths, strict=True):
        root = etree.parse(path).getroot()
        assert (root.tag, len(root)) == ("PubmedArticleSet", 1)
        original = etree.fromstring(pubmed_server.records[pmid])
        assert etree.tostring(root[0], method="c14n") == etree.tostring(original, method="c14n")


def test_a_fetch_asks_for_xml_by_post_and_for_nothing_else(pubmed_server: Any, client_of: Any) -> None:
    client_of(pubmed_server).fetch(["99000001", "99000002", "99000001"])
    (request,) = pubmed_server.log
    assert (request.method, request.target) == ("POST", "/entrez/eutils/efetch.fcgi")
    assert request.parameters == {
        "db": "pubmed",
        "tool": "sourcebound-tests",
        "email": "tests@example.org",
        "id": "99000001,99000002",
        "retmode": "xml",
    }


def test_a_book_chapter_is_a_record_too(pubmed_server: Any, client_of: Any) -> None:
    pubmed_server.records["98000001"] = (
        "<PubmedBookArticle><BookDocument><PMID>98000001</PMID></BookDocument></PubmedBookArticle>"
    )
    (path,) = client_of(pubmed_server).fetch(["98000001"]).paths
    assert etree.parse(path).getroot()[0].tag == "PubmedBookArticle"


def test_a_second_fetch_makes_no_request(pubmed_server: Any, client_of: Any) -> None:
    ids = list(pubmed_server.records)
    first = client_of(pubmed_server).fetch(ids)
    assert client_of(pubmed_server).fetch(ids) == first
    assert len(pubmed_server.log) == 1


def test_a_refresh_asks_again_and_replaces(pubmed_server: Any, client_of: Any) -> None:
    (path,) = client_of(pubmed_server).fetch(["99000001"]).paths
    pubmed_server.records["99000001"] = pubmed_server.records["99000001"].replace("testing", "testing again")
    client_of(pubmed_server).fetch(["99000001"], refresh=True)
    assert "testing again" in path.read_text(encoding="utf-8")
    assert len(pubmed_server.log) == 2


def test_records_are_fetched_200_at_a_time_and_progress_is_told(pubmed_server: Any, client_of: Any) -> None:
    ids, told = pubmed_server.add_records(450), []
    fetched = client_of(pubmed_server).fetch(ids, lambda *step: told.append(step))
    assert len(fetched.paths) == 450
    assert [len(batch) for batch in pubmed_server.asked_ids()] == [200, 200, 50]
    assert told == [("fetching records", done, 450) for done in (0, 200, 400, 450)]


def test_a_fetch_resumes_where_it_was_interrupted(pubmed_server: Any, client_of: Any) -> None:
    ids = pubmed_server.add_records(450)
    pubmed_server.faults.append(None)
    pubmed_server.fault(status=403, body=b"blocked")
    assert "status 403" in message(lambda: client_of(pubmed_server).fetch(ids))
    assert len(client_of(pubmed_server).fetch(ids).paths) == 450
    assert pubmed_server.asked_ids() == [ids[:200], ids[200:400], ids[200:400], ids[400:]]


def test_ids_that_the_server_does_not_return_are_reported_and_asked_for_again(
    pubmed_server: Any, client_of: Any
) -> None:
    pubmed_server.fault(without=frozenset({"99000002"}))
    fetched = client_of(pubmed_server).fetch(["99000001", "99000002", "97000001"])
    assert fetched.missing == ("99000002", "97000001")
    assert [path.stem for path in fetched.paths] == ["99000001"]
    again = client_of(pubmed_server).fetch(["99000001", "99000002", "97000001"])
    assert again.missing == ("97000001",)
    assert pubmed_server.asked_ids()[1] == ["99000002", "97000001"]


def test_records_that_nobody_asked_for_are_not_kept(pubmed_server: Any, client_of: Any, tmp_path: Path) -> None:
    pubmed_server.fault(body=pubmed_server.fetch({"id": "99000001,99000002"}, frozenset()))
    assert client_of(pubmed_server).fetch(["99000003"]).missing == ("99000003",)
    assert files(tmp_path) == []


@pytest.mark.parametrize("pmid", ["", "0123", "12a", "../../etc/passwd", "1,2", "PMC1", "1234567890", "¹²", "12\n"])
def test_what_is_no_pmid_is_refused_before_anything_is_sent(pubmed_server: Any, client_of: Any, pmid: str) -> None:
    assert "not a PMID" in message(lambda: client_of(pubmed_server).fetch(["99000001", pmid]))
    assert pubmed_server.log == []


@pytest.mark.parametrize(
    "fault",
    [
        {"cut_body": True},
        {"cut_connection": True},
        {"body": b"<html><body><h1>Error 500</h1>sorry</body></html>"},
        {"body": b"<eFetchResult><ERROR>Cannot get records</ERROR></eFetchResult>"},
        {"body": b'<!DOCTYPE PubmedArticleSet [<!ENTITY e "text">]><PubmedArticleSet>&e;</PubmedArticleSet>'},
        {"body": b""},
    ],
    ids=["truncated", "broken off", "error page", "error reply", "entity", "empty"],
)
def test_a_reply_that_is_not_whole_is_asked_for_again_and_never_stored(
    pubmed_server: Any, client_of: Any, tmp_path: Path, fault: dict[str, Any]
) -> None:
    ids = list(pubmed_server.records)
    for _ in range(3):
        pubmed_server.fault(**fault)
    message(lambda: client_of(pubmed_server, max_retries=1).fetch(ids))
    assert files(tmp_path) == []
    fetched = client_of(pubmed_server, max_retries=1).fetch(ids)
    assert len(fetched.paths) == len(ids)
    assert len(pubmed_server.log) == 4


def test_an_error_page_is_told_in_one_line_of_words(pubmed_server: Any, client_of: Any) -> None:
    page = b"<html>\n<head><title>NCBI</title></head>\n<body>\x1b[31mSorry,<br/>\nthe service is down.</body></html>"
    pubmed_server.fault(body=page)
    said = message(lambda: client_of(pubmed_server, max_retries=0).fetch(["99000001"]))
    assert said.count("the service is down.") == 1
    assert "<" not in said
    assert "\x1b" not in said


def test_a_late_reply_is_asked_for_again(pubmed_server: Any, client_of: Any) -> None:
    pubmed_server.fault(wait_s=5.0)
    assert len(client_of(pubmed_server, timeout_s=0.2).fetch(["99000001"]).paths) == 1
    pubmed_server.fault(wait_s=5.0)
    late = client_of(pubmed_server, timeout_s=0.2, max_retries=0)
    assert "did not answer in time" in message(lambda: late.search("testing", 1))


def test_a_server_that_is_not_there_is_one_line(start_server: Any, client_of: Any, still_clock: Any) -> None:
    gone = start_server()
    client = client_of(gone)
    gone.close()
    assert "cannot be reached" in message(lambda: client.search("testing", 1))
    assert len(still_clock.naps) == 4


def test_passing_faults_are_tried_again_later_and_later(pubmed_server: Any, client_of: Any, still_clock: Any) -> None:
    for _ in range(4):
        pubmed_server.fault(status=502, body=b"bad gateway")
    assert len(client_of(pubmed_server).search("testing", 5).ids) == 5
    for nap, shortest in zip(still_clock.naps, (1, 2, 4, 8), strict=True):
        assert shortest <= nap <= shortest + 1


def test_a_fault_that_does_not_pass_is_told_after_the_last_attempt(pubmed_server: Any, client_of: Any) -> None:
    for _ in range(5):
        pubmed_server.fault(status=500, body=b"broken")
    assert "status 500: 127.0.0.1:" in message(lambda: client_of(pubmed_server).search("testing", 5))
    assert len(pubmed_server.log) == 5


def test_a_refused_request_is_not_tried_again(pubmed_server: Any, client_of: Any) -> None:
    pubmed_server.fault(status=400, body=b'{"error":"bad request"}')
    said = message(lambda: client_of(pubmed_server).search("testing", 5))
    assert "status 400" in said
    assert "bad request" in said
    assert len(pubmed_server.log) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "17"},
        {"Date": "Wed, 21 Oct 2026 07:28:00 GMT", "Retry-After": "Wed, 21 Oct 2026 07:28:17 GMT"},
    ],
    ids=["seconds", "date"],
)
def test_the_pause_that_the_server_asks_for_is_kept(
    pubmed_server: Any, client_of: Any, still_clock: Any, headers: dict[str, str]
) -> None:
    pubmed_server.fault(status=429, headers=headers, body=b'{"error":"API rate limit exceeded"}')
    client_of(pubmed_server).search("testing", 5)
    assert still_clock.naps == [17.0]
    assert [request.time_s for request in pubmed_server.log] == [0.0, 17.0]


def test_a_pause_that_makes_no_sense_is_the_clients_own(pubmed_server: Any, client_of: Any, still_clock: Any) -> None:
    pubmed_server.fault(status=503, headers={"Retry-After": "soon"}, body=b"")
    client_of(pubmed_server).search("testing", 5)
    (nap,) = still_clock.naps
    assert 1 <= nap <= 2


def test_a_pause_of_an_hour_is_left_to_the_reader(pubmed_server: Any, client_of: Any, still_clock: Any) -> None:
    pubmed_server.fault(status=429, headers={"Retry-After": "3600"}, body=b"")
    assert "wants a pause of 3600 s" in message(lambda: client_of(pubmed_server).search("testing", 5))
    assert still_clock.naps == []


@pytest.mark.parametrize(("key", "per_second"), [(None, 3), (KEY, 10)])
def test_requests_are_no_more_than_the_server_allows_a_second(
    pubmed_server: Any, client_of: Any, key: str | None, per_second: int
) -> None:
    client = client_of(pubmed_server, api_key=key)
    for _ in range(25):
        client.search("testing", 1)
    times = [request.time_s for request in pubmed_server.log]
    for start in times:
        assert sum(start <= time < start + 1 for time in times) <= per_second
    assert times[-1] < 24 / per_second * 1.1, "slower than need be"


def test_the_key_is_sent_in_the_body_and_shown_nowhere(
    pubmed_server: Any, client_of: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(pubmed_server, api_key=KEY)
    client.fetch(client.search("testing", 5).ids)
    echo = b'{"error":"API key invalid","api-key":"%s"}' % KEY.encode()
    pubmed_server.fault(status=400, body=echo)
    with pytest.raises(FetchError) as refused:
        client.search("testing", 5)
    pubmed_server.fault(body=echo)
    with pytest.raises(FetchError) as failed:
        client.search("testing", 5)
    for request in pubmed_server.log:
        assert request.parameters["api_key"] == KEY
        assert KEY not in request.target + str(request.headers)
    shown = caplog.text + repr(client) + "".join(path.read_text(encoding="utf-8") for path in files(tmp_path))
    for caught in (refused, failed):
        assert "API key invalid" in str(caught.value)
        shown += "".join(traceback.format_exception(caught.value))
    assert KEY not in shown


def test_an_empty_key_is_not_sent(pubmed_server: Any, client_of: Any) -> None:
    client_of(pubmed_server, api_key="").search("testing", 1)
    assert "api_key" not in pubmed_server.log[0].parameters


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_refused(
    pubmed_server: Any, start_server: Any, client_of: Any, tmp_path: Path, status: int
) -> None:
    other = start_server()
    where = f"{other.address}efetch.fcgi?api_key={KEY}"
    pubmed_server.fault(status=status, headers={"Location": where}, body=b"")
    said = message(lambda: client_of(pubmed_server, api_key=KEY).fetch(["99000001"]))
    assert f"redirects: {other.address}efetch.fcgi (" in said
    assert other.log == []
    assert files(tmp_path) == []


def test_nothing_goes_to_any_other_host(
    pubmed_server: Any, start_server: Any, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, reached, connect = start_server(), set(), socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        reached.add(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    record = pubmed_server.records["99000001"]
    lure = f'<!DOCTYPE PubmedArticleSet SYSTEM "{other.address}evil.dtd" [<!ENTITY e SYSTEM "{other.address}e">'
    pubmed_server.fault(body=f"{lure}]><PubmedArticleSet>{record}</PubmedArticleSet>".encode())
    pubmed_server.fault(body=f"{lure}]><PubmedArticleSet>{record}&e;</PubmedArticleSet>".encode())
    client = client_of(pubmed_server)
    client.fetch(["99000001"])
    client.fetch(client.search("testing", 5).ids, refresh=True)
    assert other.log == []
    assert reached == {("127.0.0.1", pubmed_server.port)}


def test_a_cache_that_cannot_be_written_is_one_line(pubmed_server: Any, client_of: Any, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    said = message(lambda: client_of(pubmed_server).fetch(["99000001"]))
    assert "the cache cannot be written" in said
    assert "99000001.xml" in said


def test_a_write_that_fails_leaves_no_half_file(
    pubmed_server: Any, client_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert "No space left on device" in message(lambda: client_of(pubmed_server).fetch(["99000001"]))
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "address", ["", "eutils", "ftp://example.org/", "https://", "http://host:port/", "file:///etc/"]
)
def test_a_base_address_that_is_none_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="base address is no web address"):
        PubMedClient(address, cache_dir=tmp_path, api_key=None, tool="sourcebound-tests", email=None)


def test_a_password_in_the_address_is_not_shown(pubmed_server: Any, client_of: Any, tmp_path: Path) -> None:
    address = pubmed_server.address.replace("http://", "http://user:secret@")
    pubmed_server.fault(status=401, body=b"who are you?")
    with PubMedClient(address, cache_dir=tmp_path, api_key=None, tool="sourcebound-tests", email=None) as client:
        said = message(lambda: client.search("testing", 1))
    assert "secret" not in said
