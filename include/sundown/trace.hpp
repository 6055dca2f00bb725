#pragma once

#include <sundown/trace/context.hpp>
#include <sundown/trace/database_address.hpp>
#include <sundown/trace/exemplar.hpp>
#include <sundown/trace/parent.hpp>
#include <sundown/trace/span.hpp>
#include <sundown/trace/tracer.hpp>
#include <sundown/trace/within.hpp>
