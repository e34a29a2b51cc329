%% The logger: a handler that emits what it gets, in the process of the client.
-module(logging).
-compile(export_all).

%% — a handler —

log(#{meta := #{domain := [otp | _]}}, _) -> ok;
log(_, #{config := #{crash := true}}) -> error(full);
log(#{level := Level, msg := Message, meta := Meta}, #{id := Id}) ->
    Own = maps:without([gl, time, pid, mfa, file, line], Meta),
    t:emit(Id, [Level, text(Message) | case maps:size(Own) of 0 -> []; _ -> [Own] end]).

text({string, Text}) -> unicode:characters_to_binary(Text);
text({report, Report}) -> Report;
text({Format, Args}) -> unicode:characters_to_binary(io_lib:format(Format, Args)).

%% — moves —

%% Runs Fun with one handler, and leaves no trace of it.
with(Config, Fun) ->
    Before = logger:get_primary_config(),
    Handlers = logger:get_handler_ids(),
    [logger:remove_handler(Id) || Id <- Handlers],
    logger:set_primary_config(#{level => notice, filter_default => log, filters => [], metadata => #{}}),
    ok = logger:add_handler(h, logging, maps:merge(#{level => all}, Config)),
    try Fun()
    after
        [logger:remove_handler(Id) || Id <- logger:get_handler_ids()],
        logger:unset_module_level(),
        logger:set_primary_config(Before)
    end.

levels() -> [emergency, alert, critical, error, warning, notice, info, debug].

%% As the macros of logger.hrl do it.
as(Module, Level, Text) ->
    case logger:allow(Level, Module) of true -> logger:macro_log(#{}, Level, Text, #{}); false -> ok end.

%% What fails is told on the standard output, which belongs to the traces.
quietly(Fun) ->
    {ok, Null} = file:open("/dev/null", [write]),
    Leader = group_leader(),
    group_leader(Null, self()),
    try Fun() after group_leader(Leader, self()) end.

%% — scenarios —

primary_level() ->
    with(#{}, fun() ->
        [logger:log(Level, "by default") || Level <- levels()],
        logger:set_primary_config(level, error),
        [logger:log(Level, "error") || Level <- levels()],
        logger:set_primary_config(level, none),
        [logger:log(Level, "none") || Level <- levels()],
        logger:set_primary_config(level, all),
        [logger:log(Level, "all") || Level <- levels()]
    end).

handler_levels() ->
    with(#{level => warning}, fun() ->
        ok = logger:add_handler(g, logging, #{level => debug}),
        [logger:log(Level, "text") || Level <- levels()]
    end).

filters() ->
    Stop = fun(#{msg := {string, "secret"}}, _) -> stop; (_, _) -> ignore end,
    Change = fun(#{msg := {string, "old"}} = Log, _) -> Log#{msg := {string, "new"}}; (_, _) -> ignore end,
    with(#{}, fun() ->
        logger:add_primary_filter(stop, {Stop, none}),
        logger:add_handler_filter(h, change, {Change, none}),
        Log = fun() -> [logger:error(Text) || Text <- ["secret", "old", "other"]] end,
        Log(),
        logger:set_handler_config(h, filter_default, stop),
        Log(),
        logger:remove_primary_filter(stop),
        logger:set_handler_config(h, filter_default, log),
        Log(),
        t:emit(again, case logger:add_handler_filter(h, change, {Change, none}) of {error, {already_exist, _}} -> exists; R -> R end)
    end).

domains() ->
    with(#{filter_default => stop}, fun() ->
        logger:add_handler_filter(h, shop, {fun logger_filters:domain/2, {log, sub, [shop]}}),
        Log = fun(Domain) -> logger:error("text", #{domain => Domain}) end,
        Log([shop]), Log([shop, till]), Log([other]), logger:error("none"),
        logger:remove_handler_filter(h, shop),
        logger:add_handler_filter(h, shop, {fun logger_filters:domain/2, {log, super, [shop, till]}}),
        Log([shop]), Log([shop, till]), Log([shop, till, drawer]), logger:error("none"),
        logger:remove_handler_filter(h, shop),
        logger:add_handler_filter(h, shop, {fun logger_filters:domain/2, {log, not_equal, [shop]}}),
        Log([shop]), Log([shop, till]), logger:error("none"),
        logger:add_handler_filter(h, level, {fun logger_filters:level/2, {stop, lt, critical}}),
        logger:remove_handler_filter(h, shop),
        logger:set_handler_config(h, filter_default, log),
        logger:error("less"), logger:alert("more")
    end).

module_levels() ->
    with(#{}, fun() ->
        ok = application:load({application, shop, [{modules, [till, drawer]}, {vsn, "1"}]}),
        as(till, info, "nobody"),
        logger:set_application_level(shop, info),
        as(till, info, "by application"),
        as(drawer, info, "by application"),
        logger:set_module_level(till, error),
        as(till, notice, "not by module"),
        as(drawer, info, "by application"),
        logger:set_module_level(till, debug),
        as(till, debug, "by module"),
        as(other, info, "nobody"),
        logger:unset_module_level(till),
        logger:unset_application_level(shop),
        as(till, debug, "nobody"),
        application:unload(shop)
    end).

lazy_messages() ->
    with(#{}, fun() ->
        logger:debug(fun(_) -> t:emit(made), {"debug", []} end, none),
        logger:error(fun(_) -> t:emit(made), {"error", []} end, none)
    end).

a_filter_that_fails() ->
    with(#{}, fun() -> quietly(fun() ->
        Ask = fun(Log, What) -> t:emit(asked, What), if What =:= bad -> error(oops); true -> Log end end,
        logger:add_primary_filter(bad, {Ask, bad}),
        logger:error("one"),
        logger:error("two"),
        logger:add_handler_filter(h, worse, {fun(_, _) -> t:emit(asked, worse), perhaps end, none}),
        logger:error("three"),
        logger:error("four")
    end) end).

a_handler_that_fails() ->
    with(#{}, fun() -> quietly(fun() ->
        ok = logger:add_handler(bad, logging, #{config => #{crash => true}}),
        t:emit(handlers, lists:sort(logger:get_handler_ids())),
        logger:error("one"),
        t:emit(handlers, lists:sort(logger:get_handler_ids())),
        logger:error("two")
    end) end).

metadata() ->
    with(#{}, fun() ->
        logger:set_primary_config(metadata, #{a => 1, b => 1, c => 1}),
        logger:set_process_metadata(#{b => 2, c => 2}),
        logger:error("one", #{c => 3}),
        logger:update_process_metadata(#{d => 2}),
        logger:error("two"),
        logger:unset_process_metadata(),
        logger:error("three")
    end).

formatting() ->
    Format = fun(Message, Config, Meta) ->
        Event = #{level => error, msg => Message, meta => Meta#{time => 0}},
        unicode:characters_to_binary(logger_formatter:format(Event, Config#{template => [msg]}))
    end,
    t:emit(lines, Format({string, " a\n  b,\nc\n"}, #{}, #{})),
    t:emit(short, Format({string, "a long text it is"}, #{chars_limit => 10}, #{})),
    t:emit(report, Format({report, [{what, sold}, {count, 3}]}, #{}, #{})),
    Own = fun(#{count := Count}) -> {"~w sold", [Count]} end,
    t:emit(own, Format({report, #{count => 3}}, #{}, #{report_cb => Own})).

burst_limit() ->
    protected(#{burst_limit_max_count => 3, burst_limit_window_time => 60000}, fun(Lines) ->
        [logger:error("n ~w", [N]) || N <- [1, 2, 3, 4, 5]],
        t:emit(written, Lines())
    end).

flushing() ->
    protected(#{sync_mode_qlen => 2, drop_mode_qlen => 3, flush_qlen => 4}, fun(Lines) ->
        erlang:suspend_process(whereis(logger_std_h_h)),
        [logger:error("n ~w", [N]) || N <- [1, 2, 3, 4, 5, 6]],
        erlang:resume_process(whereis(logger_std_h_h)),
        t:emit(written, Lines()),
        logger:error("n after"),
        t:emit(written, Lines())
    end).

dropping() ->
    protected(#{sync_mode_qlen => 2, drop_mode_qlen => 3, flush_qlen => 100}, fun(Lines) ->
        erlang:suspend_process(whereis(logger_std_h_h)),
        [logger:error("n ~w", [N]) || N <- [1, 2, 3, 4, 5, 6]],
        erlang:resume_process(whereis(logger_std_h_h)),
        t:emit(written, Lines()),
        logger:error("n after"),
        t:emit(written, Lines())
    end).

%% A handler that writes to a file; Lines() are those that the scenario logged, and whether there are others.
protected(Config, Fun) ->
    with(#{}, fun() ->
        logger:remove_handler(h),
        File = "logging_" ++ integer_to_list(erlang:unique_integer([positive])) ++ ".log",
        ok = logger:add_handler(h, logger_std_h, #{
            config => maps:merge(#{file => File}, Config), formatter => {logger_formatter, #{template => [msg, "\n"]}}}),
        Fun(fun() ->
            logger_std_h:filesync(h),
            {ok, Text} = file:read_file(File),
            All = binary:split(Text, <<"\n">>, [global, trim_all]),
            Own = [Line || <<"n ", _/binary>> = Line <- All],
            [Own, length(All) > length(Own)]
        end)
    end).
