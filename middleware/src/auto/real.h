/* CivetWeb's own functions, behind those that stand in front of them. */
#ifndef TRL_AUTO_REAL_H
#define TRL_AUTO_REAL_H

/* The function of that name that comes after this library in the order of linking; ends the process
 * with a message where there is none, since nothing could be answered without. */
void *trl_real(const char *name);

/* A static variable of the function's own type, looked up once. */
#define TRL_REAL(name)                                                                             \
    static __typeof__(&name) real;                                                                 \
    if (real == NULL) {                                                                            \
        *(void **)&real = trl_real(#name);                                                         \
    }

#endif
