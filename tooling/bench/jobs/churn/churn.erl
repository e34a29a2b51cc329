-module(churn).
-export([run/1]).

run(#{count := Count}) ->
    spawning:spawn_and_exit(Count div 100),
    Early = bench:live_bytes(),
    spawning:spawn_and_exit(Count),
    Late = bench:live_bytes(),
    #{times => Late / Early, bytesEach => (Late - Early) / Count}.
