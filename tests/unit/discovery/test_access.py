import pytest

from discovery.access import Access, access_from


@pytest.mark.parametrize(
    ("environ", "access"),
    [
        ({}, Access(("http://127.0.0.1:8500",))),
        ({"CONSUL_HTTP_ADDR": ""}, Access(("http://127.0.0.1:8500",))),
        ({"CONSUL_HTTP_ADDR": "consul:8500"}, Access(("http://consul:8500",))),
        ({"CONSUL_HTTP_ADDR": "http://consul"}, Access(("http://consul:8500",))),
        ({"CONSUL_HTTP_ADDR": "https://consul"}, Access(("https://consul:443",))),
        ({"CONSUL_HTTP_ADDR": "a:1, b:2"}, Access(("http://a:1", "http://b:2"))),
        ({"CONSUL_HTTP_ADDR": "[::1]:8500"}, Access(("http://[::1]:8500",))),
        ({"CONSUL_HTTP_ADDR": "c:8501", "CONSUL_HTTP_SSL": "true"}, Access(("https://c:8501",))),
        ({"CONSUL_HTTP_SSL_VERIFY": "false"}, Access(verify=False)),
        ({"CONSUL_CACERT": "/ca.pem"}, Access(verify="/ca.pem")),
        ({"CONSUL_HTTP_TOKEN": "t"}, Access(token="t")),
        ({"CONSUL_CLIENT_CERT": "c", "CONSUL_CLIENT_KEY": "k"}, Access(certificate=("c", "k"))),
    ],
    ids=str,
)
def test_the_standard_variables_mean_what_they_mean_elsewhere(environ: dict[str, str], access: Access) -> None:
    assert access_from(environ) == access


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"CONSUL_HTTP_ADDR": "ftp://consul:21"}, "CONSUL_HTTP_ADDR"),
        ({"CONSUL_HTTP_ADDR": "consul:port"}, "CONSUL_HTTP_ADDR"),
        ({"CONSUL_HTTP_ADDR": "a:1,,b:2"}, "CONSUL_HTTP_ADDR"),
        ({"CONSUL_HTTP_ADDR": "http://u:p@consul:8500"}, "CONSUL_HTTP_ADDR"),
        ({"CONSUL_HTTP_SSL": "perhaps"}, "CONSUL_HTTP_SSL"),
        ({"CONSUL_CLIENT_CERT": "c"}, "CONSUL_CLIENT_KEY"),
    ],
    ids=str,
)
def test_a_wrong_variable_is_named(environ: dict[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        access_from(environ)


FILES = {"good": " t-1\n", "empty": "\n", "two": "t-1\nt-2", "odd": "t\x00"}


def read(path: str) -> str:
    if path not in FILES:
        raise FileNotFoundError(2, "No such file or directory", path)
    return FILES[path]


@pytest.mark.parametrize(
    ("environ", "token"),
    [
        ({"CONSUL_HTTP_TOKEN_FILE": "good"}, "t-1"),
        ({"CONSUL_HTTP_TOKEN_FILE": "good", "CONSUL_HTTP_TOKEN": "t-2"}, "t-1"),
        ({"CONSUL_HTTP_TOKEN_FILE": "", "CONSUL_HTTP_TOKEN": "t-2"}, "t-2"),
    ],
    ids=str,
)
def test_a_token_may_stand_in_a_file_and_that_counts(environ: dict[str, str], token: str) -> None:
    assert access_from(environ, read).token == token


@pytest.mark.parametrize("path", ["empty", "two", "odd", "missing"])
def test_a_tokens_file_that_holds_none_is_an_error_and_never_no_token(path: str) -> None:
    with pytest.raises(ValueError, match=f"CONSUL_HTTP_TOKEN_FILE: {path}"):
        access_from({"CONSUL_HTTP_TOKEN_FILE": path, "CONSUL_HTTP_TOKEN": "t"}, read)


def test_the_token_is_in_no_repr() -> None:
    assert "s3cret" not in repr(Access(token="s3cret"))
