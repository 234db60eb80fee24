"""doit in the repository: the project in the folder where it was started, or else the demo over the bundled sample."""

from egregora.orchestration.tasks import project_or_demo, tasks_of

globals().update(tasks_of(project_or_demo(__file__)))
