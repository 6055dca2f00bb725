#include "service/process_figures.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace sundown::serving {

namespace {

std::string contents(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The fields of /proc/self/stat behind the command's name (proc_pid_stat(5)); the first is field 3.
std::vector<double> stat_fields() {
  const auto text = contents("/proc/self/stat");
  const auto name_end = text.rfind(')');
  std::vector<double> fields;
  if (name_end == text.npos) return fields;
  std::istringstream rest(text.substr(name_end + 4));  // behind ") S "
  fields.push_back(0);                                 // the state is no number
  for (double value = 0; rest >> value;) fields.push_back(value);
  return fields;
}

double read_boot_time() {
  std::istringstream lines(contents("/proc/stat"));
  for (std::string word; lines >> word;) {
    double seconds = 0;
    if (word == "btime" && lines >> seconds) return seconds;
  }
  return 0;
}

/// Since the epoch. Read once: /proc/stat is long where there are many cores.
double start_time(double ticks_since_boot, double ticks) {
  static const double started = read_boot_time() + ticks_since_boot / ticks;
  return started;
}

/// By going through them, which costs a microsecond each: at most once in so long.
double counted_descriptors() {
  constexpr std::chrono::seconds keep{5};
  static std::mutex mutex;
  static std::chrono::steady_clock::time_point counted_at;
  static double count = -1;
  const std::lock_guard lock(mutex);
  const auto now = std::chrono::steady_clock::now();
  if (count >= 0 && now - counted_at < keep) return count;
  count = 0;
  counted_at = now;
  std::error_code ec;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", ec); !ec && it != std::filesystem::end(it);
       it.increment(ec)) {
    ++count;
  }
  return count;
}

double open_descriptors() {
  struct stat directory{};
  // The size is their number since Linux 6.2 (proc_pid_fd(5)), and 0 before.
  if (::stat("/proc/self/fd", &directory) == 0 && directory.st_size > 0) return static_cast<double>(directory.st_size);
  return counted_descriptors();
}

}  // namespace

process_figures read_process_figures() {
  process_figures now;
  const auto fields = stat_fields();
  const auto field = [&](std::size_t number) { return number - 3 < fields.size() ? fields[number - 3] : 0.0; };
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  now.cpu_seconds = (field(14) + field(15)) / ticks;
  now.threads = field(20);
  now.start_time = start_time(field(22), ticks);
  now.virtual_bytes = field(23);
  now.resident_bytes = field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  now.open_fds = open_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) now.max_fds = static_cast<double>(limit.rlim_cur);
  if (::getrlimit(RLIMIT_AS, &limit) == 0)
    now.max_virtual_bytes = limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<double>(limit.rlim_cur);
  return now;
}

}  // namespace sundown::serving
