#include "log/failure.hpp"

#include "base/program_name.hpp"

#include "log/write_all.hpp"

#include <sundown/log.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace sundown::log {

namespace {

constexpr std::chrono::milliseconds stderr_patience(50);

template <class Code>
bool names_shortage(const Code& code) noexcept {
  constexpr std::array<int, 6> shortages{ENOMEM, ENOBUFS, EMFILE, ENFILE, ENOSPC, EAGAIN};
  const auto condition = code.default_error_condition();
  return std::any_of(shortages.begin(), shortages.end(), [&](int number) { return condition.value() == number; }) &&
         std::string_view(condition.category().name()) == "generic";
}

/// Without an allocation.
void write_to_stderr(const char* name) noexcept {
  std::array<char, 160> line;
  auto* end = line.data();
  for (const std::string_view part :
       {base::program_name().substr(0, 32), std::string_view(": "), std::string_view(name).substr(0, 64),
        std::string_view(" failed, and there is no memory to say why\n")}) {
    end = std::copy(part.begin(), part.end(), end);
  }
  log::write_within(STDERR_FILENO, {line.data(), static_cast<std::size_t>(end - line.data())}, stderr_patience);
}

}  // namespace

std::string describe(std::exception_ptr error) {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

bool is_shortage(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (const boost::system::system_error& e) {
    return names_shortage(e.code());
  } catch (const std::system_error& e) {
    return names_shortage(e.code());
  } catch (...) {
    return false;
  }
}

void report_failure(const char* name, const std::exception_ptr& error) noexcept {
  try {
    log::error("ended by an exception", {{"what", name}, {"error", describe(error)}});
  } catch (...) {
    write_to_stderr(name);
  }
}

}  // namespace sundown::log
