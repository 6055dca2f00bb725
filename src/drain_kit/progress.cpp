#include "drain_kit/progress.hpp"

#include "drain_kit/text.hpp"

#include <unistd.h>

#include <iostream>

namespace sundown::testing::drain_kit {

progress::progress() : terminal_(::isatty(STDOUT_FILENO) == 1) {}

void progress::begin(std::string name) {
  name_ = padded(std::move(name), 16);
  update("starting");
}

void progress::update(const std::string& state) {
  if (terminal_) std::cout << "\r\033[K" << name_ << "  " << state << std::flush;
}

void progress::end(const std::string& state) {
  if (terminal_) std::cout << "\r\033[K";
  std::cout << name_ << "  " << state << std::endl;
}

std::string counts_text(const figures& all) {
  return "sent " + padded(std::to_string(all.sent), 6) + "  answered " + padded(std::to_string(all.answered), 6) +
         "  lost " + std::to_string(all.lost);
}

}  // namespace sundown::testing::drain_kit
