import AlibabaMonitoring
import FunctionCompute
import Transport
import UptimeChecker

FunctionCompute.run { environment in
    let loop = try EventLoop.onOwnThread()
    let services = try AlibabaServices(environment: environment, loop: loop)
    return try await UptimeChecker(
        environment: environment, loop: loop, aws: services.aws(),
        platform: .init(metrics: services.metrics, publish: services.publishChanges)
    )
}
