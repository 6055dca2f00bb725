#include "tls/keeper.hpp"

#include "base/left_behind.hpp"
#include "base/start_thread.hpp"
#include "tls/file_watch.hpp"

#include <sundown/error.hpp>
#include <sundown/log.hpp>

#include <boost/scope/unique_fd.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace sundown::tls {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Between two reads that have to agree, and how many there are at most.
constexpr auto read_pause = 20ms;
constexpr int most_reads = 20;
/// How long the end waits for the thread.
constexpr auto end_patience = 500ms;

/// One listener's files, on the keeper's thread.
class subject {
 public:
  subject(std::string section, tls_config given, protocols offered)
      : store_(std::make_shared<store>(std::move(section))), given_(std::move(given)), offered_(std::move(offered)) {}

  const std::shared_ptr<store>& kept() const noexcept { return store_; }
  const std::string& section() const noexcept { return store_->section(); }

  void add_paths(std::vector<std::string>& all) const {
    for (const auto* path : {&given_.certificate, &given_.key, &given_.client_ca})
      if (!path->empty()) all.push_back(*path);
  }

  /// The first time. Returns what is wrong.
  std::string begin() {
    const auto files = read_files(given_, section());
    if (!files) return files.error().detail;
    auto made = context::make(given_, *files, section(), offered_);
    if (!made) return made.error().detail;
    if (const auto dates = (*made)->date_fault(std::chrono::system_clock::now()); !dates.empty())
      log::warn("the certificate " + dates, {{"key", section() + ".certificate"}, {"file", given_.certificate}});
    take(digest_of(given_, *files), std::move(*made));
    return {};
  }

  void set(tls_config fresh) {
    given_ = std::move(fresh);
    tell_anew_ = true;
  }

  /// Reads the files and takes what is new and right.
  void look(const keeper::timing& limits) {
    auto files = read_files(given_, section());
    if (!files) return refuse({}, files.error().detail, limits);
    auto sum = digest_of(given_, *files);
    if (sum == taken_) {
      fault_.clear();
      tell_anew_ = false;
      if (clock::now() - made_at_ >= limits.ticket_age) renew_tickets(*files);
      return;
    }
    if (sum == refused_) return judge(fault_, limits);
    for (int reads = 1; reads < most_reads; ++reads) {  // until it is written whole
      std::this_thread::sleep_for(read_pause);
      auto again = read_files(given_, section());
      if (!again) return refuse({}, again.error().detail, limits);
      const auto next = digest_of(given_, *again);
      files = std::move(again);
      if (std::exchange(sum, next) == next) break;
    }
    auto made = context::make(given_, *files, section(), offered_);
    if (!made) return refuse(sum, made.error().detail, limits);
    const auto now = std::chrono::system_clock::now();
    if ((*made)->expires() <= now && store_->current()->expires() > now) {
      return refuse(
          sum, section() + ".certificate: a certificate in '" + given_.certificate + "' " + (*made)->date_fault(now),
          limits);
    }
    log::info("certificate renewed",
              {{"listener", section()}, {"subject", (*made)->subject()}, {"expires", date_text((*made)->expires())}});
    store_->count_renewed();
    take(sum, std::move(*made));
  }

  /// When a fault is to be told, if there is one.
  std::optional<clock::time_point> due(const keeper::timing& limits) const {
    if (fault_.empty() || told_) return std::nullopt;
    return fault_since_ + limits.fault_patience;
  }

 private:
  void take(const digest& sum, std::shared_ptr<const context> made) {
    store_->replace(std::move(made));
    taken_ = sum;
    refused_.reset();
    made_at_ = clock::now();
    fault_.clear();
    told_ = tell_anew_ = false;
  }

  void renew_tickets(const pem_files& files) {
    if (auto made = context::make(given_, files, section(), offered_)) store_->replace(std::move(*made));
    made_at_ = clock::now();
  }

  /// `sum`: of what was read, if it was.
  void refuse(const std::optional<digest>& sum, const std::string& fault, const keeper::timing& limits) {
    refused_ = sum;
    judge(fault, limits);
  }

  void judge(const std::string& fault, const keeper::timing& limits) {
    if (fault != fault_) {
      fault_ = fault;
      fault_since_ = clock::now();
      told_ = false;
    }
    if (std::exchange(tell_anew_, false)) {
      fault_since_ = clock::now() - limits.fault_patience;
      told_ = false;
    }
    if (told_ || clock::now() < fault_since_ + limits.fault_patience) return;
    told_ = true;
    store_->count_refused();
    log::error("certificate not renewed: the one before stays", {{"fault", fault_}});
  }

  const std::shared_ptr<store> store_;
  tls_config given_;
  const protocols offered_;
  std::optional<digest> taken_, refused_;
  clock::time_point made_at_{}, fault_since_{};
  std::string fault_;
  bool told_ = false;
  bool tell_anew_ = false;  ///< somebody has asked
};

}  // namespace

/// What the thread uses, so that it may be left behind.
struct keeper::state {
  explicit state(timing given) : limits(given) {}

  using call = std::function<void(std::vector<subject>&)>;

  /// From the other side: runs the call on the thread.
  void post(call what) {
    {
      const std::lock_guard lock(mutex);
      calls.push_back(std::move(what));
    }
    wake();
  }
  void wake() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_up.get(), &one, sizeof one);
  }

  void run() noexcept {
    try {
      while (wait()) keep();
    } catch (const std::exception& e) {
      log::error("certificates are not renewed any more", {{"error", e.what()}});
    }
    const std::lock_guard lock(mutex);
    ended = true;
    end.notify_all();
  }

  /// Until there is something to do; false at the end.
  bool wait() {
    auto until = clock::now() + (watch.descriptor() < 0 || polls ? limits.poll : limits.look);
    for (const auto& each : subjects)
      if (const auto due = each.due(limits)) until = std::min(until, *due);
    if (subjects.empty()) until = clock::now() + 1h;
    if (listen(until)) {
      const auto limit = clock::now() + limits.settle_limit;
      while (clock::now() < limit && listen(clock::now() + limits.settle)) continue;
    }
    std::vector<call> taken;
    {
      const std::lock_guard lock(mutex);
      if (stopping) return false;
      taken.swap(calls);
    }
    for (const auto& each : taken) each(subjects);
    return true;
  }

  /// True if files may have changed; false at the time, or if the other side calls.
  bool listen(clock::time_point until) {
    for (;;) {
      const auto left = std::chrono::ceil<milliseconds>(until - clock::now()).count();
      std::array<pollfd, 2> sources{pollfd{wake_up.get(), POLLIN, 0}, pollfd{watch.descriptor(), POLLIN, 0}};
      const int ready = ::poll(sources.data(), sources.size(), static_cast<int>(std::clamp<long>(left, 0, 3'600'000)));
      if (ready == 0) return false;
      if (sources[0].revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto read = ::read(wake_up.get(), &count, sizeof count);
        return false;
      }
      if (sources[1].revents != 0 && watch.take_events()) return true;
    }
  }

  void keep() {
    follow();  // first: what changes from here on is an event
    for (auto& each : subjects) each.look(limits);
  }

  void follow() {
    if (!limits.inotify) {
      polls = true;
      return;
    }
    std::vector<std::string> paths;
    for (const auto& each : subjects) each.add_paths(paths);
    watch.follow(paths);
    polls = !watch.fault().empty();
    if (!polls || told_of_poll) return;
    told_of_poll = true;
    log::warn("no inotify for the directories of certificates: their files are looked at each second",
              {{"error", watch.fault()}});
  }

  const timing limits;
  const boost::scope::unique_fd wake_up{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};

  std::mutex mutex;
  std::condition_variable end;
  std::vector<call> calls;
  bool stopping = false, ended = false;

  // The thread's own.
  file_watch watch;
  std::vector<subject> subjects;
  bool polls = false, told_of_poll = false;
};

keeper::keeper(timing limits) : state_(std::make_shared<state>(limits)) {}

keeper::~keeper() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->wake();
  const bool ended = state_->end.wait_for(lock, end_patience, [this] { return state_->ended; });
  lock.unlock();
  if (ended)
    thread_.join();
  else
    base::leave_behind(thread_);
}

std::shared_ptr<const http::encryption> keeper::add(const std::string& section, const tls_config& given,
                                                    const protocols& offered) {
  if (!thread_.joinable()) {
    if (!state_->wake_up) throw startup_error("cannot keep certificates: there are no file descriptors (ulimit -n)");
    thread_ = base::start_thread("certificates", [kept = state_] { kept->run(); });
  }
  struct outcome {
    std::mutex mutex;
    std::condition_variable there;
    std::optional<std::string> fault;
  };
  const auto first = std::make_shared<outcome>();
  const auto made = std::make_shared<subject>(section, given, offered);
  const std::shared_ptr<const http::encryption> kept = made->kept();
  state_->post([first, made](std::vector<subject>& all) {
    auto fault = made->begin();
    if (fault.empty()) all.push_back(std::move(*made));
    const std::lock_guard lock(first->mutex);
    first->fault = std::move(fault);
    first->there.notify_all();
  });
  std::unique_lock lock(first->mutex);
  if (!first->there.wait_for(lock, state_->limits.start_limit, [&] { return first->fault.has_value(); })) {
    throw startup_error(section + ".certificate: the files could not be read in time: does the file system of '" +
                        given.certificate + "' and '" + given.key + "' answer?");
  }
  if (!first->fault->empty()) throw startup_error(*first->fault);
  return kept;
}

void keeper::reload(const std::string& section, const tls_config& given) {
  if (!thread_.joinable()) return;
  state_->post([section, given](std::vector<subject>& all) {
    for (auto& each : all)
      if (each.section() == section) each.set(given);
  });
}

}  // namespace sundown::tls
