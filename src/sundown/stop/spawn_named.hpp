#pragma once

#include "log/failure.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace sundown::stop {

namespace asio = boost::asio;

/// Starts a coroutine that nobody awaits. An exception that ends it is logged under `name`, a literal: nothing that is
/// started by this ends unheard. What has to happen beyond that (start it again, count it out) belongs into the
/// coroutine itself.
/// Errors: what co_spawn throws where it has no memory to begin.
template <class Executor>
void spawn_named(const char* name, const Executor& where, asio::awaitable<void, Executor> work) {
  asio::co_spawn(where, std::move(work), [name](const std::exception_ptr& error) {
    if (error) log::report_failure(name, error);
  });
}

/// The same for a member function of `owner`'s object, which lives as long as the coroutine: no outer coroutine whose
/// frame would do nothing but hold it.
template <class Executor, class Owner>
void spawn_named(const char* name, const Executor& where, asio::awaitable<void, Executor> work, Owner owner) {
  asio::co_spawn(where, std::move(work), [name, owner = std::move(owner)](const std::exception_ptr& error) {
    if (error) log::report_failure(name, error);
  });
}

}  // namespace sundown::stop
