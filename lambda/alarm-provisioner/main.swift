import AlarmProvisioner
import Basics
import FunctionRuntime
import LambdaRuntime
import Transport

LambdaRuntime.run { environment, loop in
    try AlarmProvisioner(environment: environment, loop: loop)
}
