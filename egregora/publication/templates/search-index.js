const POSTS = {{ index }};
