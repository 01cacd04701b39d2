import Basics
import FunctionCompute
import Notifier
import Transport

// CloudMonitor waits five seconds for the answer to its callback, then it calls again.
FunctionCompute.run(httpTimeout: .seconds(4)) { environment in
    try await Notifier(environment: environment, loop: .onOwnThread())
}
