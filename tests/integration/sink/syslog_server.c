#include "syslog_server.h"

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_TIMEOUT_MS = 60000, LOOK_EVERY_MS = 10, SKIP_STATUS = 77 };

static int free_port(int type)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, type, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void write_rsyslog(const struct syslog_server *server, FILE *file)
{
    fprintf(
        file,
        "global(workDirectory=\"%s\" maxMessageSize=\"64k\" "
        "parser.escapeControlCharactersOnReceive=\"off\")\n"
        "module(load=\"imudp\")\nmodule(load=\"imtcp\")\n"
        "module(load=\"imuxsock\" SysSock.Use=\"off\")\n"
        "template(name=\"parts\" type=\"string\" string=\"%%pri%%|%%timereported:::date-rfc3339"
        "%%|%%hostname%%|%%app-name%%|%%procid%%|%%msgid%%|%%structured-data%%|%%msg%%\\n\")\n"
        "input(type=\"imuxsock\" Socket=\"%s\" UseSpecialParser=\"off\" RateLimit.Interval=\"0\""
        " CreatePath=\"off\")\n"
        "input(type=\"imudp\" address=\"127.0.0.1\" port=\"%d\")\n"
        "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"%d\")\n"
        "action(type=\"omfile\" file=\"%s\" template=\"parts\")\n",
        server->directory, server->datagram_path, server->udp_port, server->tcp_port,
        server->log_path);
}

static void write_syslog_ng(const struct syslog_server *server, FILE *file)
{
    fprintf(file,
            "@version: 3.38\noptions { log-msg-size(65536); flush-lines(1); keep-hostname(yes); "
            "use-dns(no); stats-freq(0); };\nsource s {\n"
            "  syslog(transport(\"udp\") ip(\"127.0.0.1\") port(%d));\n"
            "  syslog(transport(\"tcp\") ip(\"127.0.0.1\") port(%d));\n"
            "  unix-dgram(\"%s\" flags(syslog-protocol));\n"
            "  unix-stream(\"%s\" flags(syslog-protocol));\n};\n"
            "destination d { file(\"%s\" template(\"${PRI}|${S_ISODATE}|${HOST}|${PROGRAM}|${PID}|"
            "${MSGID}|${SDATA}|${MSG}\\n\")); };\nlog { source(s); destination(d); };\n",
            server->udp_port, server->tcp_port, server->datagram_path, server->stream_path,
            server->log_path);
}

static void execute(const struct syslog_server *server)
{
    char configuration[160];
    char process[160];
    char control[160];
    char persist[160];
    const char *script = getenv("TRAIL_TEST_SYSLOG_NG");
    const char *cache = getenv("TRAIL_TEST_SYSLOG_NG_CACHE");
    int null = open("/dev/null", O_RDWR);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    unsetenv("LD_PRELOAD");
    snprintf(configuration, sizeof(configuration), "%s/conf", server->directory);
    snprintf(process, sizeof(process), "%s/pid", server->directory);
    snprintf(control, sizeof(control), "%s/control", server->directory);
    snprintf(persist, sizeof(persist), "%s/persist", server->directory);
    if (server->kind == RSYSLOG) {
        execlp("rsyslogd", "rsyslogd", "-n", "-f", configuration, "-i", process, NULL);
        execl("/usr/sbin/rsyslogd", "rsyslogd", "-n", "-f", configuration, "-i", process, NULL);
    } else if (script != NULL && cache != NULL) {
        execl(script, script, cache, "--foreground", "--no-caps", "-f", configuration, "-p",
              process, "-c", control, "-R", persist, NULL);
    }
    _exit(SKIP_STATUS);
}

static bool answers(const struct syslog_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)server->tcp_port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return connected && access(server->datagram_path, F_OK) == 0;
}

static bool launch(struct syslog_server *server)
{
    int status = 0;

    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0) {
        execute(server);
    }
    for (int waited = 0; waited < START_TIMEOUT_MS && !answers(server); waited += LOOK_EVERY_MS) {
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            server->pid = 0;
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == SKIP_STATUS);
            return false;
        }
        poll(NULL, 0, LOOK_EVERY_MS);
    }
    assert_true(answers(server));
    return true;
}

bool syslog_server_start(struct syslog_server *ret_server, enum syslog_kind kind)
{
    struct syslog_server *server = ret_server;
    char path[160];

    *server = (struct syslog_server){.kind = kind};
    folder_make("/tmp", server->directory);
    server->udp_port = free_port(SOCK_DGRAM);
    server->tcp_port = free_port(SOCK_STREAM);
    snprintf(server->datagram_path, sizeof(server->datagram_path), "%s/dgram", server->directory);
    if (kind == SYSLOG_NG) {
        snprintf(server->stream_path, sizeof(server->stream_path), "%s/stream", server->directory);
    }
    snprintf(server->log_path, sizeof(server->log_path), "%s/log", server->directory);
    snprintf(path, sizeof(path), "%s/conf", server->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (kind == RSYSLOG ? write_rsyslog : write_syslog_ng)(server, file);
    fclose(file);
    if (launch(server)) {
        return true;
    }
    syslog_server_stop(server);
    return false;
}

void syslog_server_kill(struct syslog_server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
        server->pid = 0;
    }
    unlink(server->datagram_path);
}

void syslog_server_restart(struct syslog_server *server)
{
    char path[160];

    syslog_server_kill(server);
    snprintf(path, sizeof(path), "%s/pid", server->directory);
    unlink(path);
    assert_true(launch(server));
}

void syslog_server_stop(struct syslog_server *server)
{
    syslog_server_kill(server);
    folder_remove(server->directory);
}

const char *syslog_server_find(const struct syslog_server *server, const char *text,
                               unsigned timeout_ms)
{
    static char line[131072];

    for (unsigned waited = 0; waited <= timeout_ms; waited += LOOK_EVERY_MS) {
        FILE *file = fopen(server->log_path, "r");
        while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
            if (strstr(line, text) != NULL && strchr(line, '\n') != NULL) {
                fclose(file);
                return line;
            }
        }
        if (file != NULL) {
            fclose(file);
        }
        poll(NULL, 0, LOOK_EVERY_MS);
    }
    return NULL;
}
