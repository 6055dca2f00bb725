#include <sundown/log.hpp>

namespace sundown::log {
namespace {

void put_digits(char* end, unsigned value, int digits) noexcept {
  for (; digits > 0; --digits, value /= 10) *--end = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string_view time_text::at(std::chrono::system_clock::time_point when) noexcept {
  using namespace std::chrono;
  const auto since_epoch = floor<milliseconds>(when).time_since_epoch().count();
  const auto second = since_epoch >= 0 ? since_epoch / 1000 : (since_epoch - 999) / 1000;
  char* const text = text_.data();
  if (second != second_) {
    second_ = second;
    const sys_seconds whole{seconds{second}};
    const auto day = floor<days>(whole);
    const year_month_day date{day};
    const hh_mm_ss time{whole - day};
    const auto put = [text](std::size_t from, int digits, auto value, char after) {
      put_digits(text + from + digits, static_cast<unsigned>(value), digits);
      text[from + static_cast<std::size_t>(digits)] = after;
    };
    put(0, 4, static_cast<int>(date.year()), '-');
    put(5, 2, static_cast<unsigned>(date.month()), '-');
    put(8, 2, static_cast<unsigned>(date.day()), 'T');
    put(11, 2, time.hours().count(), ':');
    put(14, 2, time.minutes().count(), ':');
    put(17, 2, time.seconds().count(), '.');
    text[23] = 'Z';
  }
  put_digits(text + 23, static_cast<unsigned>(since_epoch - second * 1000), 3);
  return {text, size};
}

}  // namespace sundown::log
