// Calls one operation of STS. run.py compares its size with that of aws-benchmark, which can call every operation.
import AWS
import Basics
import JSON
import Transport

try EventLoop.run { loop in
    let configuration = try AWSConfiguration(environment: Environment.current().variables, loop: loop)
    print(try await AWSClient(.sts, configuration: configuration).call("GetCallerIdentity"))
}
