// The process around its stop: signals, children, the port.
#include "drain_kit/scenario.hpp"

namespace sundown::testing::drain_kit {
namespace {

constexpr std::size_t few = 8;

run_plan play_second_signal(const cue& with) {
  run_plan plan{{untold("in flight", few, in_flight(with.slow(800ms)))}};
  plan.signals = {{}, {0, with.shake(200ms)}};
  return plan;
}

run_plan play_start_up(const cue& with) {
  run_plan plan;
  plan.at_start = true;
  plan.settled = at_any_time;
  plan.lead_in = with.shake(20ms);
  return plan;
}

/// Clients that lose nothing by any stop: what is looked at comes afterwards.
run_plan after_visitors(const cue& with, afterwards then) {
  run_plan plan{{untold("visitor", few, visitor(with.server.quick))}};
  plan.settled = at_any_time;
  plan.then = then;
  return plan;
}

run_plan play_children(const cue& with) { return after_visitors(with, afterwards::no_children); }
run_plan play_port_free(const cue& with) { return after_visitors(with, afterwards::port_free); }

/// More than the kernels of both ends keep of a connection that has just begun.
constexpr std::size_t some = 256 << 10;

run_plan play_pid_1(const cue& with) {
  run_plan plan{{untold("late reader", few, late_reader(with.bytes(some), with.size(some), with.shake(300ms)))}};
  plan.settled = at_any_time;  // what the kernel has for the server, it has in another namespace
  plan.contained = true;
  return plan;
}

/// Connections that the server closes leave its port in TIME_WAIT.
run_plan play_restart(const cue&) {
  run_plan plan{{untold("idle", few, idle_crowd, few)}};
  plan.then = afterwards::restarts;
  return plan;
}

}  // namespace

void add_process(std::vector<scenario>& all) {
  all.push_back({"second-signal",
                 "The same signal comes again 200 ms after the first, as from a service manager and a shell: the stop "
                 "goes on, and requests under way are answered.",
                 "signal(7); Kubernetes, Pod Lifecycle: preStop and TERM",
                 "curl: (52) Empty reply from server",
                 {need::slow},
                 play_second_signal});
  all.push_back(
      {"start-up",
       "The signal comes 20 ms after the start, before the server listens: it ends in time, and not by SIGKILL.",
       "Docker, docker stop: SIGKILL after the grace",
       "nothing; the deployment hangs for the grace",
       {need::start},
       play_start_up});
  all.push_back({"pid-1",
                 "The server is PID 1 of a container, whose network goes with it: it stops by the signal, and not "
                 "before slow clients have all of their answers.",
                 "pid_namespaces(7): signals of PID 1; Docker, docker stop; CNI specification: DEL",
                 "curl: (28) Operation timed out, or (18) transfer closed with outstanding read data remaining",
                 {need::start, need::namespaces, need::bytes},
                 play_pid_1});
  all.push_back({"children",
                 "After its end no process is left that it has started.",
                 "systemd.kill(5): KillMode; setpgid(2)",
                 "curl: (7) Couldn't connect, or answers of the old version",
                 {need::start},
                 play_children});
  all.push_back({"port-free",
                 "After its end nobody listens on its port, and nothing is answered there.",
                 "listen(2); socket(7): SO_REUSEPORT",
                 "curl: (28) Operation timed out: accepted by a queue that nobody empties",
                 {need::start},
                 play_port_free});
  all.push_back({"restart",
                 "It starts again at once on the same port.",
                 "socket(7): SO_REUSEADDR; tcp(7): TIME_WAIT",
                 "curl: (7) Couldn't connect to server, for a minute",
                 {need::start},
                 play_restart});
}

}  // namespace sundown::testing::drain_kit
