"""A service of ours in Go that registers itself and looks for its like (go/service)."""
import json
import signal
import threading

from box import eventually, free_port
from building import go_build
from scenario import Scenario


class Looking:
    """One such service, and the last line that it printed."""

    def __init__(self, scenario, id_):
        self.port = free_port()
        self.name = f"{id_}=127.0.0.1:{self.port}"
        self.process = scenario.start(scenario.program, "-id", id_, "-port", self.port, "-every", "100ms",
                                      stdout=-1, stderr=-3)
        self.last = {"fresh": False, "instances": []}
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.last = json.loads(line)

    def sees(self, *services, fresh=True):
        expected = {"fresh": fresh, "instances": sorted(service.name for service in services)}
        eventually(lambda: self.last == expected, 30)


class Service(Scenario):
    name = "a service in Go"
    scenes = ("registers_itself_and_is_found_by_its_like", "keeps_what_it_knew_while_the_agent_is_away",
              "looks_again_when_the_agent_is_back", "leaves_out_one_that_was_killed", "takes_it_in_again_when_it_is_back",
              "starts_without_an_agent_and_registers_later", "is_gone_when_it_ended_in_order")

    def prepare(self):
        self.program = go_build("go", "./...") / "service"

    def registers_itself_and_is_found_by_its_like(self):
        self.first, self.second = Looking(self, "web-1"), Looking(self, "web-2")
        for one in (self.first, self.second):
            one.sees(self.first, self.second)

    def keeps_what_it_knew_while_the_agent_is_away(self):
        self.box.kill()
        self.first.sees(self.first, self.second, fresh=False)

    def looks_again_when_the_agent_is_back(self):
        self.box.start()
        for one in (self.first, self.second):
            one.sees(self.first, self.second)

    def leaves_out_one_that_was_killed(self):
        self.second.process.kill()
        self.first.sees(self.first)  # at its next check, within 10 s

    def takes_it_in_again_when_it_is_back(self):
        self.second = Looking(self, "web-2")
        self.first.sees(self.first, self.second)

    def starts_without_an_agent_and_registers_later(self):
        self.box.stop()
        third = Looking(self, "web-3")
        eventually(lambda: third.process.poll() is None and third.last == {"fresh": False, "instances": None})
        self.box.start()
        self.first.sees(self.first, self.second, third)
        third.process.send_signal(signal.SIGTERM)
        assert third.process.wait(10) == 0
        self.first.sees(self.first, self.second)

    def is_gone_when_it_ended_in_order(self):
        for one in (self.first, self.second):
            one.process.send_signal(signal.SIGTERM)
            assert one.process.wait(10) == 0
        assert self.ask("GET", "agent/services") == {}
