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


def test_the_token_is_in_no_repr() -> None:
    assert "s3cret" not in repr(Access(token="s3cret"))
