%% sys and proc_lib. (A module cannot be called sys.)
-module(looking).
-compile(export_all).

%% — a server that shows less than it has —

init(Count) -> {ok, #{count => Count, password => secret}}.
handle_call(get, _, State = #{count := Count}) -> {reply, Count, State};
handle_call({add, By}, _, State = #{count := Count}) -> {reply, Count + By, State#{count := Count + By}};
handle_call(crash, _, _) -> error(boom).
handle_cast({add, By}, State = #{count := Count}) -> {noreply, State#{count := Count + By}}.
handle_info(tick, State = #{count := Count}) -> {noreply, State#{count := Count + 1000}}.
terminate(Reason, _) -> t:emit(terminate, Reason).
code_change(_, _, refuse) -> {error, refused};
code_change(Old, State = #{count := Count}, Extra) ->
    t:emit(code_change, [Old, Count, Extra]),
    {ok, State#{count := Count * 10}}.
format_status(Status = #{state := State}) -> Status#{state := State#{password := hidden}}.

start() ->
    {ok, Pid} = gen_server:start(looking, 0, []),
    t:label(server, Pid).

call(Pid, Request) -> gen_server:call(Pid, Request, 500).

running({status, _, {module, _}, [_, Running, _, _, _]}) -> Running.

count(Pid) -> maps:get(count, sys:get_state(Pid, 500)).

%% — sys —

suspended() ->
    S = start(),
    ok = sys:suspend(S),
    t:emit(status, running(sys:get_status(S))),
    Client = t:label(client, spawn(fun() ->
        t:emit(added, call(S, {add, 1})),
        t:emit(got, call(S, get))
    end)),
    t:quiet(10),
    gen_server:cast(S, {add, 10}),
    S ! tick,
    t:emit(count, count(S)),
    ok = sys:suspend(S),
    ok = sys:resume(S),
    Ref = monitor(process, Client),
    t:reason({Client, Ref}),
    t:emit(status, running(sys:get_status(S))),
    t:emit(count, count(S)).

suspended_is_ended() ->
    S = start(),
    ok = sys:suspend(S),
    t:emit(stopped, gen_server:stop(S, because, 500)),
    Main = self(),
    Parent = t:label(parent, spawn(fun() ->
        {ok, Child} = gen_server:start_link(looking_trapping, 0, []),
        Main ! {child, Child},
        receive go -> exit(gone) end
    end)),
    C = receive {child, Pid} -> t:label(child, Pid) end,
    ok = sys:suspend(C),
    Ref = monitor(process, C),
    Parent ! go,
    t:emit(ended, t:reason({C, Ref})).

states() ->
    S = start(),
    t:emit(count, count(S)),
    t:emit(replaced, maps:get(count, sys:replace_state(S, fun(State) -> State#{count := 7} end))),
    t:emit(fails, try sys:replace_state(S, fun(_) -> error(boom) end), ok catch _:_ -> failed end),
    t:emit(count, call(S, get)).

statuses() ->
    S = start(),
    Status = sys:get_status(S),
    t:emit(running, running(Status)),
    t:emit(shows, [shows(secret, Status), shows(hidden, Status)]).

shows(Word, Term) -> string:find(lists:flatten(io_lib:format("~p", [Term])), atom_to_list(Word)) =/= nomatch.

new_code() ->
    S = start(),
    call(S, {add, 5}),
    t:emit(running, changed(sys:change_code(S, looking, v1, x))),
    ok = sys:suspend(S),
    t:emit(refused, changed(sys:change_code(S, looking, v1, refuse))),
    t:emit(count, count(S)),
    t:emit(changed, changed(sys:change_code(S, looking, v1, x))),
    ok = sys:resume(S),
    t:emit(count, call(S, get)).

changed(ok) -> ok;
changed({error, {unknown_system_msg, _}}) -> not_suspended;
changed({error, _}) -> refused.

log() ->
    S = start(),
    ok = sys:log(S, {true, 3}),
    ok = sys:statistics(S, true),
    call(S, {add, 1}),
    call(S, get),
    {ok, Events} = sys:log(S, get),
    t:emit(events, [element(1, Event) || Event <- Events]),
    {ok, Counted} = sys:statistics(S, get),
    t:emit(counted, [proplists:get_value(Key, Counted) || Key <- [messages_in, messages_out]]),
    ok = sys:log(S, false),
    ok = sys:statistics(S, false),
    call(S, get),
    {ok, None} = sys:log(S, get),
    t:emit(none, None),
    {ok, Nothing} = sys:statistics(S, get),
    t:emit(nothing, Nothing).

debug_functions() ->
    S = start(),
    Look = fun(Name) ->
        fun(0, _, _) -> done;
           (Left, {in, _}, _) -> t:emit(Name, in), Left - 1;
           (Left, {in, _, _}, _) -> t:emit(Name, in), Left - 1;
           (Left, _, _) -> Left
        end
    end,
    ok = sys:install(S, {twice, Look(twice), 2}),
    ok = sys:install(S, {often, Look(often), 99}),
    ok = sys:install(S, {broken, fun(_, _, _) -> error(boom) end, 0}),
    [call(S, get) || _ <- lists:seq(1, 3)],
    ok = sys:remove(S, often),
    call(S, get),
    ok = sys:no_debug(S),
    t:emit(lives, call(S, get)).

terminated() ->
    S = start(),
    Ref = monitor(process, S),
    ok = sys:terminate(S, {shutdown, why}),
    t:emit(ended, t:reason({S, Ref})).

%% — a special process —

special() ->
    S = proc_lib:spawn(fun() -> loop(0, self(), sys:debug_options([])) end),
    t:label(special, S),
    S ! 3,
    ok = sys:suspend(S),
    S ! 4,
    t:emit(state, sys:get_state(S)),
    t:emit(replaced, sys:replace_state(S, fun(Level) -> Level * 10 end)),
    t:emit(running, running(sys:get_status(S))),
    ok = sys:resume(S),
    t:emit(state, sys:get_state(S)),
    Ref = monitor(process, S),
    ok = sys:terminate(S, enough),
    t:emit(ended, t:reason({S, Ref})).

loop(Level, Parent, Debug) ->
    receive
        {system, From, Request} -> sys:handle_system_msg(Request, From, Parent, looking, Debug, Level);
        More -> loop(Level + More, Parent, Debug)
    end.

system_continue(Parent, Debug, Level) -> loop(Level, Parent, Debug).
system_terminate(Reason, _, _, _) -> t:emit(terminate, Reason), exit(Reason).
system_get_state(Level) -> {ok, Level}.
system_replace_state(Replace, Level) -> New = Replace(Level), {ok, New, New}.

%% — proc_lib —

acknowledged() ->
    {acked, Value} = proc_lib:start_link(looking, acknowledging, []),
    t:emit(value, Value).

acknowledging() ->
    t:label(started, self()),
    timer:sleep(10),
    t:emit(opened),
    proc_lib:init_ack({acked, 1}),
    proc_lib:init_ack({acked, 2}),
    t:emit(goes_on),
    receive stop -> ok end.

not_acknowledged() ->
    process_flag(trap_exit, true),
    t:emit(crashed, started(proc_lib:start(looking, failing, [boom]))),
    t:emit(ended, started(proc_lib:start(looking, failing, [normal]))),
    t:emit(left, started(proc_lib:start(looking, failing, [because]))),
    t:emit(slow, started(proc_lib:start_link(looking, failing, [slow], 20))),
    t:emit(nothing, t:quiet(20)).

started({error, Reason}) -> [error, Reason];
started(Other) -> Other.

failing(boom) -> error(boom);
failing(normal) -> ok;
failing(slow) -> timer:sleep(500);
failing(Reason) -> exit(Reason).

acknowledged_and_watched() ->
    {{acked, Value}, Ref} = proc_lib:start_monitor(looking, acknowledging, []),
    t:emit(value, Value),
    [{S, _}] = ets:match_object(t_labels, {'_', started}),
    exit(S, kill),
    receive {'DOWN', Ref, process, S, Reason} -> t:emit(down, Reason) end.
