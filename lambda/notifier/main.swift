import Basics
import FunctionRuntime
import LambdaRuntime
import Notifier
import Transport

LambdaRuntime.run { environment, loop in
    try await Notifier(environment: environment, loop: loop)
}
