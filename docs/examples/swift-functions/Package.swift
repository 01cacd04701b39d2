// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "functions",
    dependencies: [
        // Where you have this project from, and one of its versions.
        .package(url: "https://git.example.com/tocsin.git", from: "1.0.0")
    ],
    targets: [
        .executableTarget(name: "hello", dependencies: [.product(name: "LambdaRuntime", package: "tocsin")]),
        .executableTarget(name: "hello-fc", dependencies: [.product(name: "FunctionCompute", package: "tocsin")]),
        .executableTarget(
            name: "shipment",
            dependencies: [
                .product(name: "LambdaRuntime", package: "tocsin"),
                .product(name: "DurableExecution", package: "tocsin"),
            ]
        ),
    ]
)
