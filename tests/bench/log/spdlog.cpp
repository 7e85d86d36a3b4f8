// spdlog has neither JSON nor bound fields: the line is composed by its fmt and its pattern, the
// child is text that was formatted before, and nothing is escaped.
//   (default)       basic_file_sink_mt into stdio's buffer
//   -DSPDLOG_FLUSH  the same, flushed after each event
//   -DSPDLOG_QUEUE  async_factory: 8192 slots, one thread, callers wait when it is full
#include "bench.h"

#include <chrono>
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <string>
#include <thread>

static std::shared_ptr<spdlog::logger> logger;

static void open_sink(const char *path)
{
#ifdef SPDLOG_QUEUE
    spdlog::init_thread_pool(8192, 1);
    logger = spdlog::basic_logger_mt<spdlog::async_factory>("bench", path);
#else
    logger = spdlog::basic_logger_mt("bench", path);
#endif
#ifdef SPDLOG_FLUSH
    logger->flush_on(spdlog::level::info);
#endif
    logger->set_pattern(R"({"level":"%l","time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})",
                        spdlog::pattern_time_type::utc);
}

static void flush()
{
    logger->flush();
#ifdef SPDLOG_QUEUE
    while (spdlog::thread_pool()->queue_size() != 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(100));
#endif
}

struct child {
    std::string context = fmt::format(
        R"("service":"{}","environment":"{}","requestId":"{}","traceId":"{}")",
        static_cast<const char *>(fact_service), static_cast<const char *>(fact_environment),
        static_cast<const char *>(fact_request_id), static_cast<const char *>(fact_trace_id));
};

static void log_started(const child &child)
{
    logger->info(R"({},"event":"{}","method":"{}","path":"{}","message":"{}")", child.context,
                 "request_started", static_cast<const char *>(fact_method),
                 static_cast<const char *>(fact_path), "Request started");
}

static void log_created(const child &child)
{
    logger->info(R"({},"event":"{}","orderId":"{}","items":{},"total":{},"message":"{}")",
                 child.context, "order_created", static_cast<const char *>(fact_order_id),
                 static_cast<int>(fact_items), static_cast<double>(fact_total), "Order created");
}

static void log_completed(const child &child)
{
    logger->info(
        R"({},"event":"{}","method":"{}","path":"{}","status":{},"durationMs":{},"bytesOut":{},)"
        R"("userId":"{}","message":"{}")",
        child.context, "request_completed", static_cast<const char *>(fact_method),
        static_cast<const char *>(fact_path), static_cast<int>(fact_status),
        static_cast<double>(fact_duration_ms), static_cast<int>(fact_bytes_out),
        static_cast<const char *>(fact_user_id), "Request completed");
}

static void *begin_thread()
{
    return new child;
}

static void end_thread(void *state)
{
    delete static_cast<child *>(state);
}

static void log_events(void *state, long count)
{
    while (count-- > 0) {
        log_completed(*static_cast<child *>(state));
    }
}

static void log_requests(void *, long count)
{
    while (count-- > 0) {
        child child;
        log_started(child);
        log_created(child);
        log_completed(child);
    }
}

static void close_sink()
{
    logger.reset();
    spdlog::shutdown();
}

int main(int argc, char **argv)
{
#if defined(SPDLOG_QUEUE)
    const char *name = "spdlog, async";
#elif defined(SPDLOG_FLUSH)
    const char *name = "spdlog, flush";
#else
    const char *name = "spdlog, buffer";
#endif
    const bench_logger driven = {name,       open_sink,    flush,      begin_thread,
                                 log_events, log_requests, end_thread, close_sink};
    return bench_main(argc, argv, &driven);
}
