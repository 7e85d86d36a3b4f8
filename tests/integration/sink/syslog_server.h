/* A real syslog server on loopback ports and unix sockets of its own, writing what it understood
 * into a file, one message a line: PRI|TIMESTAMP|HOST|APP|PID|MSGID|SDATA|MSG. */
#ifndef TRAIL_TESTS_SYSLOG_SERVER_H
#define TRAIL_TESTS_SYSLOG_SERVER_H

#include "folder.h"

#include <stdbool.h>
#include <sys/types.h>

enum syslog_kind { RSYSLOG, SYSLOG_NG };

struct syslog_server {
    enum syslog_kind kind;
    char directory[FOLDER_PATH_BYTES];
    int udp_port;
    int tcp_port;
    char datagram_path[128];
    char stream_path[128]; /* "": not offered */
    char log_path[128];
    pid_t pid;
};

/* False: this server can't be had here. */
bool syslog_server_start(struct syslog_server *ret_server, enum syslog_kind kind);

/* Kills it and starts it anew, with the same addresses. */
void syslog_server_kill(struct syslog_server *server);
void syslog_server_restart(struct syslog_server *server);

/* Ends it and removes its files. */
void syslog_server_stop(struct syslog_server *server);

/* Waits until the log has a line with this text; returns it, borrowed until the next call, or NULL
 * after timeout_ms. */
const char *syslog_server_find(const struct syslog_server *server, const char *text,
                               unsigned timeout_ms);

#endif
