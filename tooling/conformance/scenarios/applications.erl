%% Applications: start, types, stop, phases, included ones, environment, and the end of the node.
%% What the callbacks see goes into a public table of notes, in order, and main emits them. A node that goes down is a peer over
%% standard input and output; what its applications see when it stops goes into a file.
-module(applications).
-compile(export_all).

%% The callback module of every application here.

start(Type, #{name := Name} = Opts) ->
    case maps:get(start, Opts, tree) of
        tree -> tree(Name, Opts);
        kept -> {ok, Top} = tree(Name, Opts), {ok, Top, Name};
        %% A top process that can end with normal.
        plain -> worker(Name, tree);
        fails -> {error, no_luck};
        refuses -> tree(Name, Opts);
        strays -> spawn(fun() -> register(stray, self()), receive never -> ok end end), tree(Name, Opts);
        phase -> note([start, Name, Type]), tree(Name, Opts)
    end.

tree(Name, Opts) -> supervisor:start_link(?MODULE, {Name, Opts}).

init({Name, Opts}) ->
    Worker = #{id => Name, start => {?MODULE, worker, [Name, maps:get(start, Opts, tree)]}, shutdown => 1000},
    Children = [#{id => Part, start => {supervisor, start_link, [?MODULE, {Part, #{}}]}, type => supervisor}
                || Part <- maps:get(parts, Opts, [])],
    {ok, {#{intensity => 0}, [Worker | Children]}}.

worker(Name, How) -> proc_lib:start_link(?MODULE, work, [Name, How]).

work(_, refuses) -> proc_lib:init_ack({error, no_room});
work(Name, _) ->
    process_flag(trap_exit, true),
    register(Name, self()),
    note([up, Name]),
    proc_lib:init_ack({ok, self()}),
    receive
        {'EXIT', _, Reason} -> note([down, Name, Reason]), exit(Reason);
        {fail, Reason} -> exit(Reason);
        {spawn, Stray} -> spawn(fun() -> register(Stray, self()), receive never -> ok end end), receive {'EXIT', _, R} -> exit(R) end
    end.

prep_stop(State) -> note([prep_stop, State, [P || P <- [a, stray], whereis(P) =/= undefined]]), [prepared, State].
stop(State) -> note([stop, State, [P || P <- [a, stray], whereis(P) =/= undefined]]).
start_phase(Phase, Type, Name) -> note([phase, Phase, Name, Type]), case Phase of bad -> {error, no_phase}; _ -> ok end.
config_change(Changed, New, Removed) -> note([changed, lists:sort(Changed), lists:sort(New), Removed]), ok.

%% Notes: in a table of main's, or in a file of a peer's.

notes_here() -> catch ets:delete(application_notes), ets:new(application_notes, [named_table, public, ordered_set]).

note(What) ->
    case get_file() of
        undefined -> ets:insert(application_notes, {erlang:unique_integer([monotonic]), What});
        File -> file:write_file(File, io_lib:format("~p.~n", [What]), [append])
    end,
    ok.

get_file() -> persistent_term:get(application_notes, undefined).

notes() ->
    Notes = [What || {_, What} <- ets:tab2list(application_notes)],
    ets:delete_all_objects(application_notes),
    Notes.

%% Makes an application known, anew if it was before.
make(Name, Opts, Props) ->
    forget(Name),
    All = Props ++ [{mod, {?MODULE, Opts#{name => Name}}}, {applications, []}],
    ok = application:load({application, Name, All}),
    Name.

forget(Name) -> application:stop(Name), application:unload(Name).

begun() ->
    notes_here(),
    [forget(Name) || {Name, _, _} <- application:loaded_applications(), Name =/= kernel, Name =/= stdlib],
    %% What the scenario before has left is being killed just now.
    [free(Name) || Name <- [a, b, c, d, stray]].

free(Name) ->
    case whereis(Name) of undefined -> free; _ -> erlang:yield(), free(Name) end.

running() -> lists:sort([Name || {Name, _, _} <- application:which_applications()] -- [kernel, stdlib]).

%% A failed start without the names of Erlang's functions.
plain({error, {Reason, {?MODULE, start, [normal, _]}}}) -> {error, [Reason]};
plain({error, {Reason, {?MODULE, start_phase, [_, normal, _]}}}) -> {error, [Reason]};
plain({error, {Name, {Reason, {?MODULE, start, _}}}}) -> {error, [Name, Reason]};
plain({error, {Why, Name}}) -> {error, [Why, Name]};
plain(Result) -> Result.

gone(Name) ->
    case lists:keymember(Name, 1, application:which_applications()) of
        true -> timer:sleep(1), gone(Name);
        false -> gone
    end.

%% Scenarios.

what_is_loaded_can_be_asked_after() ->
    begun(),
    make(part, #{}, [{description, "a part"}]),
    make(a, #{}, [{description, "the first"}, {vsn, "1.2.3"}, {registered, [a]}, {applications, []}, {maxT, 70},
                  {included_applications, [part]}, {start_phases, [{init, none}, {go, none}]}, {env, [{port, 1}]}]),
    Text = fun({ok, Chars}) -> list_to_binary(Chars) end,
    t:emit(description, Text(application:get_key(a, description))),
    t:emit(version, Text(application:get_key(a, vsn))),
    t:emit(registered, element(2, application:get_key(a, registered))),
    t:emit(included, element(2, application:get_key(a, included_applications))),
    t:emit(phases, [Phase || {Phase, _} <- element(2, application:get_key(a, start_phases))]),
    t:emit(max, element(2, application:get_key(a, maxT))),
    t:emit(unknown, application:get_key(nobody, vsn)),
    t:emit(loaded, [Name || {Name, _, _} <- lists:sort(application:loaded_applications()), Name =/= kernel, Name =/= stdlib]),
    {error, {already_loaded, {application, Again, _}}} = application:load({application, a, []}),
    t:emit(again, [already_loaded, Again]),
    make(b, #{}, []),
    ok = application:start(b),
    t:emit(running, plain(application:unload(b))),
    forget(b),
    t:emit(unload, application:unload(a)),
    t:emit(twice, plain(application:unload(a))),
    t:emit(left, [Name || {Name, _, _} <- application:loaded_applications(), Name =/= kernel, Name =/= stdlib]).

a_dependency_must_run() ->
    begun(),
    make(b, #{}, []),
    make(a, #{}, [{applications, [b]}]),
    t:emit(alone, plain(application:start(a))),
    t:emit(ensured, plain(application:ensure_started(a))),
    t:emit(running, running()),
    t:emit(b, application:start(b)),
    t:emit(a, application:start(a)),
    t:emit(again, plain(application:start(a))),
    t:emit(ensured_again, application:ensure_started(a)),
    t:emit(notes, notes()).

all_are_started_in_order() ->
    begun(),
    make(d, #{}, []),
    make(c, #{}, [{applications, [d]}]),
    make(b, #{}, [{applications, [d]}]),
    make(a, #{}, [{applications, [b, c]}]),
    t:emit(started, element(2, application:ensure_all_started(a))),
    t:emit(again, element(2, application:ensure_all_started(a))),
    t:emit(notes, notes()).

one_that_fails_takes_back_what_was_started() ->
    begun(),
    make(d, #{}, []),
    make(c, #{}, []),
    make(b, #{start => fails}, []),
    make(a, #{}, [{applications, [c, d, b]}]),
    ok = application:start(d),
    t:emit(failed, plain(application:ensure_all_started(a))),
    t:emit(running, running()),
    t:emit(notes, notes()).

an_optional_dependency_may_be_away() ->
    begun(),
    make(b, #{}, []),
    make(a, #{}, [{applications, [b, nowhere]}, {optional_applications, [b, nowhere]}]),
    t:emit(started, element(2, application:ensure_all_started(a))),
    application:stop(a),
    application:stop(b),
    t:emit(alone, application:start(a)),
    t:emit(running, running()).

stopping_touches_no_other() ->
    begun(),
    make(b, #{}, []),
    make(a, #{}, [{applications, [b]}]),
    make(c, #{}, [{applications, [a]}]),
    application:ensure_all_started(c, permanent),
    notes(),
    t:emit(stopped, application:stop(a)),
    t:emit(running, running()),
    t:emit(alive, whereis(c) =/= undefined),
    t:emit(again, plain(application:stop(a))),
    t:emit(notes, notes()),
    %% A permanent one whose processes are killed would take the judge down.
    [application:stop(Name) || Name <- [c, b]].

a_stop_has_its_order() ->
    begun(),
    make(a, #{start => kept}, []),
    ok = application:start(a),
    t:emit(stopped, application:stop(a)),
    t:emit(notes, notes()).

what_is_left_over_is_killed() ->
    begun(),
    make(a, #{start => strays}, []),
    ok = application:start(a),
    Stray = t:label(stray, whereis(stray)),
    Ref = monitor(process, Stray),
    t:emit(whose, application:get_application(Stray)),
    t:emit(stopped, application:stop(a)),
    receive {'DOWN', Ref, _, _, Reason} -> t:emit(stray, Reason) end,
    t:emit(notes, notes()).

what_a_worker_left_over_is_killed() ->
    begun(),
    make(a, #{}, []),
    ok = application:start(a),
    a ! {spawn, stray},
    Stray = await(stray),
    Ref = monitor(process, Stray),
    t:emit(whose, application:get_application(Stray)),
    a ! go, exit(whereis(a), kill),
    receive {'DOWN', Ref, _, _, Reason} -> t:emit(stray, Reason) end,
    gone(a),
    t:emit(running, running()),
    t:emit(notes, notes()).

await(Name) ->
    case whereis(Name) of undefined -> erlang:yield(), await(Name); Pid -> Pid end.

an_end_by_itself_runs_the_callbacks_too() ->
    begun(),
    make(a, #{start => kept}, []),
    ok = application:start(a),
    a ! {fail, oops},
    gone(a),
    t:emit(notes, notes()),
    t:emit(again, application:start(a)).

a_start_that_fails_tells_why() ->
    begun(),
    make(a, #{start => fails}, []),
    t:emit(fails, plain(application:start(a))),
    make(a, #{start => refuses}, []),
    {error, [{shutdown, {failed_to_start_child, Id, Why}}]} = plain(application:start(a)),
    t:emit(refuses, [Id, Why]),
    t:emit(running, running()),
    t:emit(notes, notes()).

start_returns_when_all_phases_are_done() ->
    begun(),
    make(a, #{start => phase}, [{start_phases, [{init, a}, {go, a}]}]),
    t:emit(started, application:start(a)),
    t:emit(notes, notes()).

a_phase_that_fails_is_a_failed_start() ->
    begun(),
    make(a, #{start => phase}, [{start_phases, [{bad, a}, {go, a}]}]),
    t:emit(started, plain(application:start(a))),
    t:emit(running, running()),
    t:emit(phases, [Note || [phase | _] = Note <- notes()]).

included_ones_are_below_and_have_their_phases() ->
    begun(),
    make(c, #{start => phase}, [{start_phases, [{go, c}]}]),
    make(b, #{start => phase}, [{mod, {application_starter, [?MODULE, #{name => b}]}}, {included_applications, [c]},
                                {start_phases, [{go, b}]}]),
    make(a, #{parts => [b, c]}, [{mod, {application_starter, [?MODULE, #{name => a, parts => [b, c]}]}},
                                 {included_applications, [b]}, {start_phases, [{init, a}, {go, a}]}]),
    t:emit(started, application:start(a)),
    t:emit(whose, application:get_application(whereis(b))),
    t:emit(running, running()),
    t:emit(up, notes()),
    t:emit(stopped, application:stop(a)),
    t:emit(down, [Note || [down | _] = Note <- notes()]).

the_environment_has_its_layers() ->
    begun(),
    application:unset_env(a, kept, [{persistent, true}]),
    application:unset_env(a, other, [{persistent, true}]),
    t:emit(unknown, application:get_env(a, port, none)),
    application:set_env(a, kept, 7, [{persistent, true}]),
    application:set_env(a, port, 8),
    application:set_env(a, own, 9),
    ok = application:load({application, a, [{applications, []}, {env, [{port, 1}, {kept, 2}, {host, here}]}]}),
    All = fun() -> [[Key, Value] || {Key, Value} <- lists:sort(application:get_all_env(a))] end,
    t:emit(loaded, All()),
    application:set_env(a, port, 3),
    t:emit(set, application:get_env(a, port, none)),
    t:emit(default, application:get_env(a, nothing, none)),
    application:unset_env(a, host),
    t:emit(unset, All()),
    ok = application:unload(a),
    t:emit(unloaded, All()),
    ok = application:load({application, a, [{applications, []}, {env, [{port, 1}, {kept, 2}]}]}),
    t:emit(again, All()),
    application:unload(a),
    application:unset_env(a, kept, [{persistent, true}]).

a_process_reads_the_environment_of_its_application() ->
    begun(),
    make(a, #{}, [{env, [{port, 1}]}]),
    t:emit(nobody, application:get_application()),
    ok = application:start(a),
    t:emit(whose, application:get_application(whereis(a))),
    application:set_env(a, port, 2),
    t:emit(port, application:get_env(a, port, none)).

a_change_of_the_configuration_is_told() ->
    begun(),
    Props = [{applications, []}, {mod, {?MODULE, #{name => a}}}, {env, [{port, 1}, {host, here}]}],
    make(a, #{}, Props),
    make(b, #{}, [{env, [{x, 1}]}]),
    ok = application:start(a),
    ok = application:start(b),
    notes(),
    Change = fun(Config) ->
        Before = application_controller:prep_config_change(),
        ok = application_controller:change_application_data([{application, a, Props}], Config),
        application_controller:config_change(Before)
    end,
    t:emit(first, Change([{a, [{port, 2}, {more, 3}]}])),
    t:emit(port, application:get_env(a, port, none)),
    t:emit(notes, notes()),
    t:emit(same, Change([{a, [{port, 2}, {more, 3}]}])),
    t:emit(back, Change([])),
    t:emit(then, [[What, Pairs, New, lists:delete(included_applications, Removed)] || [What, Pairs, New, Removed] <- notes()]).

a_crash_leaves_the_controller_and_is_told() ->
    begun(),
    make(a, #{}, []),
    make(b, #{}, []),
    ok = application:start(a),
    ok = application:start(b),
    Main = self(),
    logger:set_primary_config(level, notice),
    logger:remove_handler(applications),
    ok = logger:add_handler(applications, ?MODULE, #{level => notice, config => #{to => Main}}),
    a ! {fail, oops},
    receive {exited, Report} -> t:emit(told, Report) end,
    logger:remove_handler(applications),
    t:emit(running, running()).

log(#{msg := {report, #{label := {application_controller, exit}, report := Report}}}, #{config := #{to := To}}) ->
    [{application, Name}, {exited, Reason}, {type, Type}] = [proplists:lookup(Key, Report) || Key <- [application, exited, type]],
    To ! {exited, [Name, Reason, Type]};
log(_, _) -> ok.

%% Nodes that go down.

peer() ->
    {ok, Peer, _} = peer:start(#{connection => standard_io, args => ["+S", "1", "-pa", filename:dirname(code:which(?MODULE))],
                                 env => [{"ERL_CRASH_DUMP_SECONDS", "0"}]}),
    peer:call(Peer, logger, set_primary_config, [level, none]),
    Peer.

there(Peer, Function, Args) -> peer:call(Peer, ?MODULE, Function, Args, 4000).

file_notes(File) -> persistent_term:put(application_notes, File).

started(Name, Opts, Props, Type) ->
    make(Name, Opts, Props),
    plain(application:start(Name, Type)).

fail(Name, Reason) -> Name ! {fail, Reason}, ok.

%% Whether the node lives once the application is gone.
outcome(Peer, Name) ->
    try peer:call(Peer, application, which_applications, [], 4000) of
        Running -> case lists:keymember(Name, 1, Running) of true -> timer:sleep(2), outcome(Peer, Name); false -> up end
    catch _:_ -> down
    end.

with_file(Play) ->
    File = "application-notes." ++ os:getpid(),
    file:delete(File),
    Peer = peer(),
    ok = there(Peer, file_notes, [File]),
    Play(Peer),
    {ok, Notes} = file:consult(File),
    file:delete(File),
    catch peer:stop(Peer),
    Notes.

a_transient_end_with_shutdown_takes_the_node_down() ->
    Peer = peer(),
    there(Peer, file_notes, ["/dev/null"]),
    ok = there(Peer, started, [a, #{}, [], temporary]),
    there(Peer, fail, [a, oops]),
    t:emit(temporary_shutdown, outcome(Peer, a)),
    ok = there(Peer, started, [b, #{}, [{maxT, 1}], transient]),
    t:emit(transient_normal, outcome(Peer, b)),
    there(Peer, started, [c, #{start => fails}, [], temporary]),
    t:emit(temporary_failed, outcome(Peer, c)),
    ok = there(Peer, started, [d, #{}, [], transient]),
    there(Peer, fail, [d, oops]),
    t:emit(transient_shutdown, outcome(Peer, d)).

a_permanent_start_that_fails_takes_the_node_down() ->
    Peer = peer(),
    there(Peer, file_notes, ["/dev/null"]),
    catch there(Peer, started, [a, #{start => fails}, [], permanent]),
    t:emit(node, outcome(Peer, a)).

a_normal_end_of_a_permanent_one_stops_the_others_first() ->
    t:emit(notes, with_file(fun(Peer) ->
        [ok = there(Peer, started, [Name, Opts, [], Type])
         || {Name, Opts, Type} <- [{c, #{start => kept}, temporary}, {b, #{start => plain}, permanent}, {a, #{start => kept}, temporary}]],
        there(Peer, fail, [b, normal]),
        t:emit(node, outcome(Peer, b))
    end)).

a_node_stops_its_applications_newest_first() ->
    t:emit(notes, with_file(fun(Peer) ->
        [ok = there(Peer, started, [Name, #{start => kept}, [{applications, Needs}], temporary])
         || {Name, Needs} <- [{c, []}, {b, []}, {a, [b]}]],
        peer:call(Peer, init, stop, []),
        Ref = monitor(process, Peer),
        receive {'DOWN', Ref, _, _, _} -> ok end
    end)).
