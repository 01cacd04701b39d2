import Basics
import FunctionCompute
import Notifier
import Transport

FunctionCompute.run { environment in
    try await Notifier(environment: environment, loop: .onOwnThread())
}
