@rem The root scripts start with `exec`, so that on Unix a signal to npm reaches the program and npm waits for it:
@rem with a shell in between, npm ends at once and leaves the program behind. Windows finds this file instead.
@%*
