#pragma once

#include <type_traits>

namespace sundown::test {

/// A temporary of this type may stand in a co_await expression: it has constructors, or a copy of its bits is a copy.
template <class T>
inline constexpr bool survives_gcc12 = !std::is_aggregate_v<T> || std::is_trivially_copyable_v<T>;

}  // namespace sundown::test
