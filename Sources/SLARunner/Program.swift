internal import AWS
public import FunctionRuntime
internal import Glibc
internal import Transport

/// The whole program behind `sla-runner`.
public enum Program {
    /// Runs to the end of the program and returns its exit status.
    /// - Parameters:
    ///   - arguments: The command line without the program's name.
    ///   - environment: The settings; the command itself inherits the process's environment.
    public static func run(_ arguments: some Sequence<String>, environment: Environment) -> Int32 {
        openMissingDescriptors()
        prepareSignals()
        let console = Console.standard(wantsColour: environment["NO_COLOR"] == nil)
        do {
            switch try Arguments(arguments) {
            case .help: console.print(Arguments.helpText)
            case .version: console.print(Configuration.version)
            case .run(let variables):
                let environment = Environment(environment.variables.merging(variables) { $1 })
                return try run(environment, console).rawValue
            }
            return 0
        } catch let error as SLARunnerError where error.code == .invalidArgument {
            console.complain(error.message)
            return 2
        } catch {
            console.print("\(error)")
            return 1
        }
    }

    private static func run(_ environment: Environment, _ console: Console) throws -> Runner.Ending {
        console.print("SLA Runner version \(Configuration.version)")
        let configuration = try Configuration(environment: environment, hasShell: Command.hasShell)
        return try EventLoop.run { loop in
            let time = TimeSource.live(loop)
            let stop = StopSignal()
            let aws = try AWSConfiguration(environment: environment.variables, loop: loop)
            var runner = Runner(
                configuration, command: CommandRun(configuration, stop: stop, time: time),
                publisher: try SNSPublisher(topic: configuration.topic, aws: aws),
                logs: try configuration.bucket.map { try S3LogStore(bucket: $0, aws: aws) }, console: console,
                time: time, stop: stop)
            runner.limits.folder = environment["TMPDIR"] ?? runner.limits.folder
            return await run(runner, until: stop, by: try await loop.signals(SIGTERM, SIGINT), console)
        }
    }

    /// Runs the runner, which the first signal asks to stop and the second one stops at once.
    private static func run(
        _ runner: Runner, until stop: StopSignal, by signals: Signals, _ console: Console
    ) async -> Runner.Ending {
        await withTaskGroup(of: Runner.Ending?.self) { tasks in
            tasks.addTask {
                var runner = runner
                return await runner.run()
            }
            tasks.addTask {
                guard let signal = try? await signals.next() else { return nil }
                console.complain("stopping when the running command has ended; once more stops at once")
                stop.request(signal == SIGINT ? .interrupt : .terminate)
                _ = try? await signals.next()
                return nil
            }
            var ending: Runner.Ending?
            for await first in tasks {
                ending = ending ?? first
                tasks.cancelAll()
            }
            return ending ?? .failed
        }
    }

    /// Makes a closed pipe an error code, and undoes what a parent may have blocked.
    ///
    /// Commands get the defaults back.
    private static func prepareSignals() {
        signal(SIGPIPE, SIG_IGN)
        var stopping = sigset_t()
        sigemptyset(&stopping)
        sigaddset(&stopping, SIGTERM)
        sigaddset(&stopping, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &stopping, nil)
    }

    /// Fills closed standard descriptors, so that no file or socket opened later is taken for standard output.
    private static func openMissingDescriptors() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", O_RDWR)
        }
    }
}
