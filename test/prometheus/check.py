"""The metrics before a real Prometheus: both formats, the alert rules and the dashboard.

Usage: check.py ROOT SERVICE. Exit code 77: no Prometheus here."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from running import AMPLE, program, service, status, until  # noqa: E402

ROOT, SERVICE = pathlib.Path(sys.argv[1]).resolve(), os.path.abspath(sys.argv[2])
RULES = ROOT / "config/prometheus/alerts.yaml"
DASHBOARD = ROOT / "config/grafana/sundown.json"

# Where a rule looks at another exporter's figures.
OTHERS = {"kube_pod_container_status_last_terminated_exitcode", "up"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
NOBODY = "http://127.0.0.1:9"  # a collector that is away: what is sampled is so all the same
VARIABLES = {"$job": ".*", "$instance": ".*", "$__rate_interval": "1m", "$__range": "5m"}


def tool(name):
    found = shutil.which(name) or ROOT / "build/tools/prometheus/usr/bin" / name
    if not os.access(found, os.X_OK):
        print(f"skipped: no {name} (scripts/bootstrap --test)", file=sys.stderr)
        sys.exit(77)
    return str(found)


def fetch(url, accept="*/*", **fields):
    asked = urllib.request.Request(url, headers={"Accept": accept, **fields})
    with urllib.request.urlopen(asked, timeout=AMPLE) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def start_service(work):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90",
         "-subj", "/CN=localhost", "-keyout", work / "key.pem", "-out", work / "cert.pem"],
        check=True, capture_output=True,
    )
    return service(SERVICE, work, HTTP__TLS__PORT=0, HTTP__TLS__CERTIFICATE=work / "cert.pem",
                   HTTP__TLS__KEY=work / "key.pem", HTTP__MAX_REQUESTS=100, HTTP__REQUEST_TIMEOUT="200ms",
                   HTTP__QUEUE_WAIT="5s", variables={"OTEL_EXPORTER_OTLP_ENDPOINT": NOBODY})


def start_prometheus(work, admin):
    (work / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": "sundown", "static_configs": [{"targets": [admin]}]}],
    }))
    return program(
        [tool("prometheus"), f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={work}/data",
         "--web.listen-address=127.0.0.1:0", "--log.level=info", "--enable-feature=exemplar-storage"],
        work / "prometheus.log",
    )


def plain(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def panels():
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield f"panel '{panel['title']}'", plain(target["expr"])
    for note in dashboard["annotations"]["list"]:
        yield f"annotation '{note['name']}'", plain(note["expr"])


def check_rules(promtool):
    subprocess.run([promtool, "check", "rules", RULES], check=True)
    subprocess.run([promtool, "test", "rules", ROOT / "test/prometheus/alerts_test.yaml"], check=True)


def check_formats(promtool, metrics):
    """Both formats say the same, and promtool finds nothing in the older one."""
    newer = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    until("the exemplar of a request that has ended", lambda: TRACE in fetch(metrics, newer)[1])
    until("the count of the one that was late", lambda: "\nsundown_request_timeouts_total{" in fetch(metrics)[1])
    kind, text = fetch(metrics)
    assert kind.startswith("text/plain; version=0.0.4"), kind
    found = subprocess.run([promtool, "check", "metrics"], input=text, text=True, capture_output=True)
    assert found.returncode == 0 and not found.stderr, found.stderr

    kind, new = fetch(metrics, newer)
    assert kind.startswith("application/openmetrics-text; version=1.0.0"), kind
    assert new.endswith("# EOF\n"), new[-100:]
    names = [{re.split("[{ ]", line)[0] for line in each.splitlines() if not line.startswith("#")} for each in (text, new)]
    assert names[0] == names[1], names[0] ^ names[1]
    assert "trace_id" not in text


def check_exemplars(api):
    """Prometheus has read the exemplar of the request that was sampled: its ids, and a value within its bucket."""
    asked = {"query": "sundown_request_duration_seconds_bucket", "start": 0, "end": 4102444800}

    def stored():
        found = json.loads(fetch(api + "/query_exemplars?" + urllib.parse.urlencode(asked))[1])
        assert found["status"] == "success", found
        return [(series["seriesLabels"], each) for series in found["data"] for each in series["exemplars"]
                if each["labels"]["trace_id"] == TRACE]

    (series, one), *more = until("the exemplar", stored)
    assert not more, more
    assert series["route"] == "/hello" and re.fullmatch("[0-9a-f]{16}", one["labels"]["span_id"]), (series, one)
    assert 0 < float(one["value"]) <= float(series["le"]), (series, one)
    assert abs(time.time() - one["timestamp"]) < 2 * AMPLE, one


def check_page(known):
    """docs/metrics.md has every name."""
    page = (ROOT / "docs/metrics.md").read_text()
    ours = {name for name in known if re.match("sundown_|process_", name)}
    families = {re.sub("_(bucket|sum|count)$", "", name) for name in ours}
    unsaid = {name for name in families if f"`{name}`" not in page}
    assert not unsaid, f"docs/metrics.md doesn't tell of {unsaid}"


def check_use(api, known, expression, where):
    """The expression is one, and what it looks at is there."""
    with_time = api + "/query?" + urllib.parse.urlencode({"query": expression})
    assert json.loads(fetch(with_time)[1])["status"] == "success", (where, expression)
    used = set(re.findall(r"\b(?:sundown|process|kube)_\w+|\bup\b", expression))
    assert used, (where, expression)
    missing = used - known - OTHERS
    assert not missing, f"{where}: nothing is called {missing}"


def main():
    promtool, _ = tool("promtool"), tool("prometheus")
    check_rules(promtool)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        with start_service(work) as app:
            fetch(app.http + "/hello", traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
            assert status(app.http + "/demo/sleep?ms=5000") == 503  # a figure that is there from the first one on
            check_formats(promtool, app.admin + "/metrics")
            with start_prometheus(work, app.admin.removeprefix("http://")) as prometheus:
                where = "http://" + prometheus.address(r'msg="Listening on" address=(\S+)')
                api = where + "/api/v1"
                # It listens before its storage is open, and says 503 so long.
                until("Prometheus' readiness", lambda: status(where + "/-/ready") == 200)

                def scraped():
                    target = json.loads(fetch(api + "/targets")[1])["data"]["activeTargets"]
                    error = target[0]["lastError"] if target else ""
                    assert not error or "deadline exceeded" in error, target  # a scrape has a second: another one follows
                    names = set(json.loads(fetch(api + "/label/__name__/values")[1])["data"])
                    return names if "sundown_requests_total" in names else None

                known = until("the first scrape", scraped)
                check_exemplars(api)
                check_page(known)

                def evaluated():
                    groups = json.loads(fetch(api + "/rules")[1])["data"]["groups"]
                    rules = [rule for group in groups for rule in group["rules"]]
                    return None if any(rule["health"] == "unknown" for rule in rules) else rules

                rules = until("an evaluation of the rules", evaluated)
                for rule in rules:
                    assert rule["health"] == "ok", rule
                    check_use(api, known, rule["query"], f"rule {rule['name']}")
                everything = list(panels())
                for where, expression in everything:
                    check_use(api, known, expression, where)
                print(f"{len(known)} names, {len(rules)} rules, {len(everything)} expressions of the dashboard")


main()
