#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace sundown::testing::drain_kit {

/// What became of the requests of one kind of client.
struct figures {
  std::size_t clients = 0;
  std::size_t sent = 0;             ///< requests; also those for which the connection could not be made, unless refused
  std::size_t answered = 0;         ///< by a whole answer with the right status
  std::size_t lost = 0;             ///< by reset, silence, a torn or a wrong answer
  std::size_t cut = 0;              ///< ended by force, as the scenario means them to be
  std::size_t refused = 0;          ///< connections, once the server no longer listened
  std::size_t refused_streams = 0;  ///< of the requests sent: not processed, as the server has said
  std::size_t told_end = 0;         ///< clients that were told `Connection: close` or GOAWAY after the signal
  std::size_t early = 0;            ///< answers before the signal to clients that were to wait for theirs at it
  std::map<std::string, std::size_t> losses;    ///< how requests were lost
  std::map<std::string, std::size_t> refusals;  ///< how streams were refused
  std::map<std::string, std::size_t> breaches;  ///< what else went against the rules

  void add(const figures& more) {
    clients += more.clients;
    sent += more.sent;
    answered += more.answered;
    lost += more.lost;
    cut += more.cut;
    refused += more.refused;
    refused_streams += more.refused_streams;
    told_end += more.told_end;
    early += more.early;
    for (const auto& [why, count] : more.losses) losses[why] += count;
    for (const auto& [why, count] : more.refusals) refusals[why] += count;
    for (const auto& [why, count] : more.breaches) breaches[why] += count;
  }
};

/// Counts them while they happen, from all the clients' threads.
class score {
 public:
  void sent(std::size_t requests) { sent_ += requests; }
  void answered() { ++answered_; }
  void cut() { ++cut_; }
  void refused() { ++refused_; }
  void told_end() { ++told_end_; }
  void early() { ++early_; }
  void lost(const std::string& why, std::size_t requests) {
    const std::lock_guard lock(mutex_);
    losses_[why] += requests;
    lost_ += requests;
  }
  void refused_stream(const std::string& how) {
    const std::lock_guard lock(mutex_);
    ++refusals_[how];
    ++refused_streams_;
  }
  void breach(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++breaches_[what];
  }

  figures so_far(std::size_t clients) const {
    const std::lock_guard lock(mutex_);
    return {clients,          sent_,     answered_, lost_,   cut_,      refused_,
            refused_streams_, told_end_, early_,    losses_, refusals_, breaches_};
  }

 private:
  std::atomic<std::size_t> sent_{0}, answered_{0}, lost_{0}, cut_{0}, refused_{0}, refused_streams_{0}, told_end_{0},
      early_{0};
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> losses_, refusals_, breaches_;
};

}  // namespace sundown::testing::drain_kit
