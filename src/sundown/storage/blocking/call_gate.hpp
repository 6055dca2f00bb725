#pragma once

#include <sundown/detail/call_gate.hpp>

#include "storage/blocking/pending_answer.hpp"

namespace sundown::storage {
using detail::call_gate;
}
