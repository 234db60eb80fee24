"""doit in the repository: the project in the folder where it was started, or else the demo over the bundled sample."""

from egregora.orchestration.tasks import plain_tasks, project_or_demo

globals().update(plain_tasks(project_or_demo(__file__)))
