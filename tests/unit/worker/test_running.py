from discovery.access import access_from
from worker.running import Running
from worker.settings import WorkerSettings

NEEDED = {"CAPTCHAAI_API_KEY": "0123456789abcdef0123456789abcdef", "REGION": "us-east"}


def test_a_worker_says_who_it_is_by_its_id_in_consul() -> None:
    settings = WorkerSettings.read({**NEEDED, "ADVERTISE_HOST": "10.0.0.5", "PORT": "9101"})
    assert Running(settings, access_from({})).name == "solver-us-east-10.0.0.5-9101"
    assert Running(settings, None).name is None
