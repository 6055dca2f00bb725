#pragma once

#include <sundown/detail/pending_answer.hpp>

namespace sundown::storage {
namespace asio = boost::asio;
using detail::pending_answer;
}  // namespace sundown::storage
