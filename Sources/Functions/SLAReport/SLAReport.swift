/// Makes reports of service levels.
enum SLAReport {}
