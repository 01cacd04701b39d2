import ArgumentParser

struct FargateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fargate",
        abstract:
            "Changes CPU, memory, replicas or variables of a Fargate service; it ends healthy or back where it was.",
        discussion: """
            Services are the components of servo-fargate's config.yaml: --config, else $OPTUNE_CONFIG, else \
            ./config.yaml where there is one. With --cluster, with an ARN, or without such a file they are services of \
            ECS by their names, and every value of Fargate is allowed.

            Exit status:
              0   done, or nothing to do
              1   not done: nothing was changed, or the service is back where it was
              2   only with --detailed-exitcode: there is something to change
              3   still broken: the way back failed, too, and somebody has to look
              64  the call is wrong, or a wanted value is not possible
              130, 143, …  left by a second signal; `tocsin fargate recover` goes on

            Examples:
              tocsin fargate describe                            the components of ./config.yaml, as they are now
              tocsin fargate describe web --cluster shop         a service without any file
              tocsin fargate adjust web --cpu 1 --memory 2       shows the plan and its price, and asks
              tocsin fargate adjust web --cluster shop --replicas 5 --env GOGC=90 --yes
              tocsin fargate adjust web --recommended            what Compute Optimizer recommends
              tocsin fargate history web                         who changed what, and how it ended
              tocsin fargate recover                             ends what killed processes have left half done
            """,
        subcommands: [
            FargateDescribeCommand.self, FargateAdjustCommand.self, FargateHistoryCommand.self,
            FargateRecoverCommand.self,
        ])
}
