POSTS.push(
{% for entry in entries %}
{{ entry | search_row }},
{% endfor %}
);
